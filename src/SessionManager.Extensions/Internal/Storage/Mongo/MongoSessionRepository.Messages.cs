using Microsoft.Extensions.AI;
using SessionManager.Internal.Storage.Documents;

namespace SessionManager.Internal.Storage.Mongo;

internal sealed partial class MongoSessionRepository
{
    /// <inheritdoc/>
    public Task<bool> AddFirstMessagesAsync(
        string sessionId,
        string agentId,
        IReadOnlyList<ChatMessage> messages,
        CancellationToken cancellationToken = default)
    {
        Identifier.ThrowIfInvalid(sessionId, nameof(sessionId));
        Identifier.ThrowIfInvalid(agentId, nameof(agentId));
        ArgumentNullException.ThrowIfNull(messages);

        return _messages.AddFirstAsync(_messages.CreateDocuments(sessionId, agentId, messages), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<int> AppendMessageAsync(
        string sessionId,
        string agentId,
        ChatMessage message,
        int? nextPosition,
        EventLoopMetrics? metrics,
        CancellationToken cancellationToken = default)
    {
        Identifier.ThrowIfInvalid(sessionId, nameof(sessionId));
        Identifier.ThrowIfInvalid(agentId, nameof(agentId));
        ArgumentNullException.ThrowIfNull(message);
        ArgumentOutOfRangeException.ThrowIfNegative(nextPosition ?? 0, nameof(nextPosition));

        return _messages.AppendAsync(sessionId, agentId, message, nextPosition, metrics, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<int>> AppendMessagesAsync(
        string sessionId,
        string agentId,
        IReadOnlyList<ChatMessage> messages,
        int? nextPosition,
        EventLoopMetrics? metrics,
        CancellationToken cancellationToken = default)
    {
        Identifier.ThrowIfInvalid(sessionId, nameof(sessionId));
        Identifier.ThrowIfInvalid(agentId, nameof(agentId));
        ArgumentNullException.ThrowIfNull(messages);
        ArgumentOutOfRangeException.ThrowIfNegative(nextPosition ?? 0, nameof(nextPosition));

        var documents = _messages.CreateDocuments(sessionId, agentId, messages, nextPosition ?? 0, metrics);
        return _messages.AppendAsync(documents, areNumbered: nextPosition is not null, cancellationToken);
    }

    /// <inheritdoc/>
    public Task SetEventLoopMetricsAsync(
        string sessionId,
        string agentId,
        int position,
        EventLoopMetrics metrics,
        CancellationToken cancellationToken = default)
    {
        Identifier.ThrowIfInvalid(sessionId, nameof(sessionId));
        Identifier.ThrowIfInvalid(agentId, nameof(agentId));
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        ArgumentNullException.ThrowIfNull(metrics);

        return _messages.SetEventLoopMetricsAsync(sessionId, agentId, position, metrics, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<SessionMessage>> ListMessagesAsync(
        string sessionId,
        string agentId,
        MessageQuery query,
        CancellationToken cancellationToken = default)
    {
        ThrowIfInvalid(sessionId, agentId, query);
        return _messages.ListAsync(sessionId, agentId, query, cancellationToken);
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<SessionMessage> StreamMessagesAsync(
        string sessionId,
        string agentId,
        MessageQuery query,
        CancellationToken cancellationToken = default)
    {
        ThrowIfInvalid(sessionId, agentId, query);
        return _messages.StreamAsync(sessionId, agentId, query, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<int> GetMessageCountAsync(string sessionId, string agentId, CancellationToken cancellationToken = default)
    {
        Identifier.ThrowIfInvalid(sessionId, nameof(sessionId));
        Identifier.ThrowIfInvalid(agentId, nameof(agentId));

        return _messages.GetNextPositionAsync(sessionId, agentId, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<int?> RedactMessageAsync(
        string sessionId,
        string agentId,
        int? position,
        ChatMessage redactMessage,
        RedactionDetails details,
        CancellationToken cancellationToken = default)
    {
        Identifier.ThrowIfInvalid(sessionId, nameof(sessionId));
        Identifier.ThrowIfInvalid(agentId, nameof(agentId));
        ArgumentNullException.ThrowIfNull(redactMessage);
        ArgumentNullException.ThrowIfNull(details);

        return _messages.RedactAsync(sessionId, agentId, position, redactMessage, details, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<GuardrailEvent>> ListGuardrailEventsAsync(string sessionId, CancellationToken cancellationToken = default)
    {
        Identifier.ThrowIfInvalid(sessionId, nameof(sessionId));

        return _messages.ListGuardrailEventsAsync(sessionId, cancellationToken);
    }

    private static void ThrowIfInvalid(string sessionId, string agentId, MessageQuery query)
    {
        Identifier.ThrowIfInvalid(sessionId, nameof(sessionId));
        Identifier.ThrowIfInvalid(agentId, nameof(agentId));
        ArgumentNullException.ThrowIfNull(query);
        ArgumentOutOfRangeException.ThrowIfNegative(query.FromPosition, $"{nameof(query)}.{nameof(query.FromPosition)}");
        ArgumentOutOfRangeException.ThrowIfNegative(query.BeforePosition ?? 0, $"{nameof(query)}.{nameof(query.BeforePosition)}");
        ArgumentOutOfRangeException.ThrowIfNegative(query.Limit ?? 0, $"{nameof(query)}.{nameof(query.Limit)}");
    }
}
