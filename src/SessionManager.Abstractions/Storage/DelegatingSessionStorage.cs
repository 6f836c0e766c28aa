using Microsoft.Extensions.AI;

namespace SessionManager;

/// <summary>
/// Passes every operation on to another storage: the base for storages that add to one, such as encryption or caching.
/// </summary>
/// <remarks>
/// Override what changes. A decorator is registered by <c>DecorateStorage</c> on the builder of a registration. It must be
/// thread-safe, as every storage, and does not own the storage inside.
/// </remarks>
public abstract class DelegatingSessionStorage : SessionStorage
{
    /// <summary>
    /// Initializes a new instance of the <see cref="DelegatingSessionStorage"/> class.
    /// </summary>
    /// <param name="inner">The storage to pass operations on to.</param>
    /// <exception cref="ArgumentNullException"><paramref name="inner"/> is null.</exception>
    protected DelegatingSessionStorage(SessionStorage inner)
    {
        ArgumentNullException.ThrowIfNull(inner);
        Inner = inner;
    }

    /// <inheritdoc/>
    public override string Name => Inner.Name;

    /// <inheritdoc/>
    public override SessionCatalog? Catalog => Inner.Catalog;

    /// <summary>
    /// Gets the storage that operations are passed on to.
    /// </summary>
    protected SessionStorage Inner { get; }

    /// <inheritdoc/>
    public override Task PrepareAsync(CancellationToken cancellationToken = default) => Inner.PrepareAsync(cancellationToken);

    /// <inheritdoc/>
    public override Task PingAsync(CancellationToken cancellationToken = default) => Inner.PingAsync(cancellationToken);

    /// <inheritdoc/>
    protected override Task<SessionInfo?> GetSessionCoreAsync(string sessionId, CancellationToken cancellationToken) =>
        Inner.GetSessionAsync(sessionId, cancellationToken);

    /// <inheritdoc/>
    protected override Task<StoredAgentAddition> GetOrAddAgentCoreAsync(
        string sessionId,
        StoredAgent agent,
        IReadOnlyList<ChatMessage> messages,
        string? applicationName,
        int? maxMessages,
        CancellationToken cancellationToken) =>
        Inner.GetOrAddAgentAsync(sessionId, agent, messages, applicationName, maxMessages, cancellationToken);

    /// <inheritdoc/>
    protected override Task<StoredAgent?> GetAgentCoreAsync(string sessionId, string agentId, CancellationToken cancellationToken) =>
        Inner.GetAgentAsync(sessionId, agentId, cancellationToken);

    /// <inheritdoc/>
    protected override Task UpdateAgentCoreAsync(string sessionId, StoredAgent update, CancellationToken cancellationToken) =>
        Inner.UpdateAgentAsync(sessionId, update, cancellationToken);

    /// <inheritdoc/>
    protected override Task<AgentConfig?> GetAgentConfigCoreAsync(string sessionId, string agentId, CancellationToken cancellationToken) =>
        Inner.GetAgentConfigAsync(sessionId, agentId, cancellationToken);

    /// <inheritdoc/>
    protected override Task<IReadOnlyList<AgentConfig>> ListAgentsCoreAsync(string sessionId, CancellationToken cancellationToken) =>
        Inner.ListAgentsAsync(sessionId, cancellationToken);

    /// <inheritdoc/>
    protected override Task<bool> CreateSessionCoreAsync(
        string sessionId,
        string? applicationName,
        IReadOnlyDictionary<string, object?>? metadata,
        CancellationToken cancellationToken) =>
        Inner.CreateSessionAsync(sessionId, applicationName, metadata, cancellationToken);

    /// <inheritdoc/>
    protected override Task<bool> DeleteSessionCoreAsync(string sessionId, CancellationToken cancellationToken) =>
        Inner.DeleteSessionAsync(sessionId, cancellationToken);

    /// <inheritdoc/>
    protected override Task UpdateMetadataCoreAsync(string sessionId, IReadOnlyDictionary<string, object?> metadata, CancellationToken cancellationToken) =>
        Inner.UpdateMetadataAsync(sessionId, metadata, cancellationToken);

    /// <inheritdoc/>
    protected override Task<long> IncrementMetadataCoreAsync(string sessionId, string key, long amount, CancellationToken cancellationToken) =>
        Inner.IncrementMetadataAsync(sessionId, key, amount, cancellationToken);

    /// <inheritdoc/>
    protected override Task<IReadOnlyDictionary<string, object?>?> GetMetadataCoreAsync(
        string sessionId,
        IReadOnlyCollection<string>? keys,
        CancellationToken cancellationToken) =>
        Inner.GetMetadataAsync(sessionId, keys, cancellationToken);

    /// <inheritdoc/>
    protected override Task DeleteMetadataCoreAsync(string sessionId, IReadOnlyCollection<string> keys, CancellationToken cancellationToken) =>
        Inner.DeleteMetadataAsync(sessionId, keys, cancellationToken);

    /// <inheritdoc/>
    protected override Task<Feedback> AddFeedbackCoreAsync(string sessionId, Feedback feedback, CancellationToken cancellationToken) =>
        Inner.AddFeedbackAsync(sessionId, feedback, cancellationToken);

    /// <inheritdoc/>
    protected override Task<IReadOnlyList<Feedback>> GetFeedbacksCoreAsync(string sessionId, CancellationToken cancellationToken) =>
        Inner.GetFeedbacksAsync(sessionId, cancellationToken);

    /// <inheritdoc/>
    protected override Task<SessionUsage> GetUsageCoreAsync(string sessionId, CancellationToken cancellationToken) =>
        Inner.GetUsageAsync(sessionId, cancellationToken);

    /// <inheritdoc/>
    protected override Task<bool> AddFirstMessagesCoreAsync(
        string sessionId,
        string agentId,
        IReadOnlyList<ChatMessage> messages,
        CancellationToken cancellationToken) =>
        Inner.AddFirstMessagesAsync(sessionId, agentId, messages, cancellationToken);

    /// <inheritdoc/>
    protected override Task<IReadOnlyList<int>> AppendMessagesCoreAsync(
        string sessionId,
        string agentId,
        IReadOnlyList<ChatMessage> messages,
        int? nextPosition,
        EventLoopMetrics? metrics,
        CancellationToken cancellationToken) =>
        Inner.AppendMessagesAsync(sessionId, agentId, messages, nextPosition, metrics, cancellationToken);

    /// <inheritdoc/>
    protected override Task SetEventLoopMetricsCoreAsync(
        string sessionId,
        string agentId,
        int position,
        EventLoopMetrics metrics,
        CancellationToken cancellationToken) =>
        Inner.SetEventLoopMetricsAsync(sessionId, agentId, position, metrics, cancellationToken);

    /// <inheritdoc/>
    protected override Task<IReadOnlyList<SessionMessage>> ListMessagesCoreAsync(
        string sessionId,
        string agentId,
        MessageQuery query,
        CancellationToken cancellationToken) =>
        Inner.ListMessagesAsync(sessionId, agentId, query, cancellationToken);

    /// <inheritdoc/>
    protected override IAsyncEnumerable<SessionMessage> StreamMessagesCoreAsync(
        string sessionId,
        string agentId,
        MessageQuery query,
        CancellationToken cancellationToken) =>
        Inner.StreamMessagesAsync(sessionId, agentId, query, cancellationToken);

    /// <inheritdoc/>
    protected override Task<int> GetMessageCountCoreAsync(string sessionId, string agentId, CancellationToken cancellationToken) =>
        Inner.GetMessageCountAsync(sessionId, agentId, cancellationToken);

    /// <inheritdoc/>
    protected override Task<int?> RedactMessageCoreAsync(
        string sessionId,
        string agentId,
        int? position,
        ChatMessage redactMessage,
        RedactionDetails details,
        CancellationToken cancellationToken) =>
        Inner.RedactMessageAsync(sessionId, agentId, position, redactMessage, details, cancellationToken);

    /// <inheritdoc/>
    protected override Task<IReadOnlyList<GuardrailEvent>> ListGuardrailEventsCoreAsync(string sessionId, CancellationToken cancellationToken) =>
        Inner.ListGuardrailEventsAsync(sessionId, cancellationToken);

    /// <inheritdoc/>
    protected override Task<bool> TryClaimRequestCoreAsync(
        string sessionId,
        string agentId,
        int position,
        string requestId,
        CancellationToken cancellationToken) =>
        Inner.TryClaimRequestAsync(sessionId, agentId, position, requestId, cancellationToken);

    /// <inheritdoc/>
    protected override Task<bool> TryReplaceLastMessageCoreAsync(
        string sessionId,
        string agentId,
        int position,
        ChatMessage message,
        CancellationToken cancellationToken) =>
        Inner.TryReplaceLastMessageAsync(sessionId, agentId, position, message, cancellationToken);

    /// <inheritdoc/>
    protected override Task<bool> TryReplaceDamagedMessageCoreAsync(
        string sessionId,
        string agentId,
        int position,
        CancellationToken cancellationToken) =>
        Inner.TryReplaceDamagedMessageAsync(sessionId, agentId, position, cancellationToken);

    /// <inheritdoc/>
    protected override Task<IReadOnlyList<SessionMessage>> ListMessageIdentitiesCoreAsync(
        string sessionId,
        string agentId,
        int beforePosition,
        CancellationToken cancellationToken) =>
        Inner.ListMessageIdentitiesAsync(sessionId, agentId, beforePosition, cancellationToken);
}
