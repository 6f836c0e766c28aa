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
    protected override Task<bool> SetTitleCoreAsync(string sessionId, string? title, StoredHistory? source, CancellationToken cancellationToken) =>
        Inner.SetTitleAsync(sessionId, title, source, cancellationToken);

    /// <inheritdoc/>
    protected override Task<StoredAgentAddition> GetOrAddAgentCoreAsync(
        string sessionId,
        StoredAgent agent,
        IReadOnlyList<ChatMessage> messages,
        string? applicationName,
        int? maxMessages,
        RunRequest? run,
        bool mustExist,
        CancellationToken cancellationToken) =>
        Inner.GetOrAddAgentAsync(sessionId, agent, messages, applicationName, maxMessages, run, mustExist, cancellationToken);

    /// <inheritdoc/>
    protected override Task<StoredAgent?> GetAgentCoreAsync(string sessionId, string agentId, CancellationToken cancellationToken) =>
        Inner.GetAgentAsync(sessionId, agentId, cancellationToken);

    /// <inheritdoc/>
    protected override Task<bool> UpdateAgentCoreAsync(string sessionId, StoredAgent update, HistoryFence? fence, CancellationToken cancellationToken) =>
        Inner.UpdateAgentAsync(sessionId, update, fence, cancellationToken);

    /// <inheritdoc/>
    protected override Task<AgentBranch?> TryChangeHistoryCoreAsync(string sessionId, HistoryChange change, CancellationToken cancellationToken) =>
        Inner.TryChangeHistoryAsync(sessionId, change, cancellationToken);

    /// <inheritdoc/>
    protected override Task<StoredRun?> TryRenewRunCoreAsync(string sessionId, string agentId, RunRequest run, CancellationToken cancellationToken) =>
        Inner.TryRenewRunAsync(sessionId, agentId, run, cancellationToken);

    /// <inheritdoc/>
    protected override Task<bool> TryStopRunCoreAsync(string sessionId, string agentId, CancellationToken cancellationToken) =>
        Inner.TryStopRunAsync(sessionId, agentId, cancellationToken);

    /// <inheritdoc/>
    protected override Task<IReadOnlyList<HistoryBranch>> ListBranchesCoreAsync(
        string sessionId, string agentId, int fromBranch, int? beforeBranch, int limit, CancellationToken cancellationToken) =>
        Inner.ListBranchesAsync(sessionId, agentId, fromBranch, beforeBranch, limit, cancellationToken);

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
        bool revivesDeleted,
        CancellationToken cancellationToken) =>
        Inner.CreateSessionAsync(sessionId, applicationName, metadata, revivesDeleted, cancellationToken);

    /// <inheritdoc/>
    protected override Task<bool> ForkSessionCoreAsync(
        string sessionId,
        string targetId,
        string? applicationName,
        IReadOnlyDictionary<string, int> messageCounts,
        CancellationToken cancellationToken) =>
        Inner.ForkSessionAsync(sessionId, targetId, applicationName, messageCounts, cancellationToken);

    /// <inheritdoc/>
    protected override Task<bool> DeleteSessionCoreAsync(string sessionId, CancellationToken cancellationToken) =>
        Inner.DeleteSessionAsync(sessionId, cancellationToken);

    /// <inheritdoc/>
    protected override Task DeleteBranchCoreAsync(string sessionId, AgentBranch branch, CancellationToken cancellationToken) =>
        Inner.DeleteBranchAsync(sessionId, branch, cancellationToken);

    /// <inheritdoc/>
    public override Task<int> SweepAsync(CancellationToken cancellationToken = default) => Inner.SweepAsync(cancellationToken);

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
    protected override Task<Feedback> AddFeedbackCoreAsync(string sessionId, Feedback feedback, AgentBranch? branch, CancellationToken cancellationToken) =>
        Inner.AddFeedbackAsync(sessionId, feedback, branch, cancellationToken);

    /// <inheritdoc/>
    protected override Task<IReadOnlyList<Feedback>> GetFeedbacksCoreAsync(string sessionId, CancellationToken cancellationToken) =>
        Inner.GetFeedbacksAsync(sessionId, cancellationToken);

    /// <inheritdoc/>
    protected override Task<FeedbackPage> ListFeedbacksCoreAsync(string sessionId, FeedbackQuery query, CancellationToken cancellationToken) =>
        Inner.ListFeedbacksAsync(sessionId, query, cancellationToken);

    /// <inheritdoc/>
    protected override Task<bool> DeleteFeedbackCoreAsync(string sessionId, string feedbackId, CancellationToken cancellationToken) =>
        Inner.DeleteFeedbackAsync(sessionId, feedbackId, cancellationToken);

    /// <inheritdoc/>
    protected override Task<SessionUsage> GetUsageCoreAsync(string sessionId, CancellationToken cancellationToken) =>
        Inner.GetUsageAsync(sessionId, cancellationToken);

    /// <inheritdoc/>
    protected override Task<bool> AddFirstMessagesCoreAsync(
        string sessionId,
        AgentBranch branch,
        IReadOnlyList<ChatMessage> messages,
        CancellationToken cancellationToken) =>
        Inner.AddFirstMessagesAsync(sessionId, branch, messages, cancellationToken);

    /// <inheritdoc/>
    protected override Task<IReadOnlyList<int>?> AppendMessagesCoreAsync(
        string sessionId,
        AgentBranch branch,
        IReadOnlyList<ChatMessage> messages,
        int? nextPosition,
        EventLoopMetrics? metrics,
        bool onlyThere,
        CancellationToken cancellationToken) =>
        Inner.AppendMessagesAsync(sessionId, branch, messages, nextPosition, metrics, onlyThere, cancellationToken);

    /// <inheritdoc/>
    protected override Task SetEventLoopMetricsCoreAsync(
        string sessionId,
        AgentBranch branch,
        int position,
        EventLoopMetrics metrics,
        CancellationToken cancellationToken) =>
        Inner.SetEventLoopMetricsAsync(sessionId, branch, position, metrics, cancellationToken);

    /// <inheritdoc/>
    protected override Task<IReadOnlyList<SessionMessage>> ListMessagesCoreAsync(
        string sessionId,
        AgentBranch branch,
        MessageQuery query,
        CancellationToken cancellationToken) =>
        Inner.ListMessagesAsync(sessionId, branch, query, cancellationToken);

    /// <inheritdoc/>
    protected override IAsyncEnumerable<SessionMessage> StreamMessagesCoreAsync(
        string sessionId,
        AgentBranch branch,
        MessageQuery query,
        CancellationToken cancellationToken) =>
        Inner.StreamMessagesAsync(sessionId, branch, query, cancellationToken);

    /// <inheritdoc/>
    protected override Task<int> GetMessageCountCoreAsync(string sessionId, AgentBranch branch, CancellationToken cancellationToken) =>
        Inner.GetMessageCountAsync(sessionId, branch, cancellationToken);

    /// <inheritdoc/>
    protected override Task<int?> RedactMessageCoreAsync(
        string sessionId,
        AgentBranch branch,
        int? position,
        ChatMessage redactMessage,
        RedactionDetails details,
        CancellationToken cancellationToken) =>
        Inner.RedactMessageAsync(sessionId, branch, position, redactMessage, details, cancellationToken);

    /// <inheritdoc/>
    protected override Task<IReadOnlyList<GuardrailEvent>> ListGuardrailEventsCoreAsync(string sessionId, CancellationToken cancellationToken) =>
        Inner.ListGuardrailEventsAsync(sessionId, cancellationToken);

    /// <inheritdoc/>
    protected override Task<bool> TryClaimRequestCoreAsync(
        string sessionId,
        AgentBranch branch,
        int position,
        string requestId,
        CancellationToken cancellationToken) =>
        Inner.TryClaimRequestAsync(sessionId, branch, position, requestId, cancellationToken);

    /// <inheritdoc/>
    protected override Task<bool> TryReplaceLastMessageCoreAsync(
        string sessionId,
        AgentBranch branch,
        int position,
        ChatMessage message,
        CancellationToken cancellationToken) =>
        Inner.TryReplaceLastMessageAsync(sessionId, branch, position, message, cancellationToken);

    /// <inheritdoc/>
    protected override Task<bool> TryReplaceDamagedMessageCoreAsync(
        string sessionId,
        AgentBranch branch,
        int position,
        CancellationToken cancellationToken) =>
        Inner.TryReplaceDamagedMessageAsync(sessionId, branch, position, cancellationToken);

    /// <inheritdoc/>
    protected override Task<IReadOnlyList<SessionMessage>> ListMessageIdentitiesCoreAsync(
        string sessionId,
        AgentBranch branch,
        int beforePosition,
        CancellationToken cancellationToken) =>
        Inner.ListMessageIdentitiesAsync(sessionId, branch, beforePosition, cancellationToken);
}
