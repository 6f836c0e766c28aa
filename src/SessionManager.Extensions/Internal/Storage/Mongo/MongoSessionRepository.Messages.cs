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
        int? nextMessageId,
        EventLoopMetrics? metrics,
        CancellationToken cancellationToken = default)
    {
        Identifier.ThrowIfInvalid(sessionId, nameof(sessionId));
        Identifier.ThrowIfInvalid(agentId, nameof(agentId));
        ArgumentNullException.ThrowIfNull(message);
        ArgumentOutOfRangeException.ThrowIfNegative(nextMessageId ?? 0, nameof(nextMessageId));

        return _messages.AppendAsync(sessionId, agentId, message, nextMessageId, metrics, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<int>> AppendMessagesAsync(
        string sessionId,
        string agentId,
        IReadOnlyList<ChatMessage> messages,
        int? nextMessageId,
        EventLoopMetrics? metrics,
        CancellationToken cancellationToken = default)
    {
        Identifier.ThrowIfInvalid(sessionId, nameof(sessionId));
        Identifier.ThrowIfInvalid(agentId, nameof(agentId));
        ArgumentNullException.ThrowIfNull(messages);
        ArgumentOutOfRangeException.ThrowIfNegative(nextMessageId ?? 0, nameof(nextMessageId));

        var documents = _messages.CreateDocuments(sessionId, agentId, messages, nextMessageId ?? 0, metrics);
        return _messages.AppendAsync(documents, areNumbered: nextMessageId is not null, cancellationToken);
    }

    /// <inheritdoc/>
    public Task SetEventLoopMetricsAsync(
        string sessionId,
        string agentId,
        int messageId,
        EventLoopMetrics metrics,
        CancellationToken cancellationToken = default)
    {
        Identifier.ThrowIfInvalid(sessionId, nameof(sessionId));
        Identifier.ThrowIfInvalid(agentId, nameof(agentId));
        ArgumentOutOfRangeException.ThrowIfNegative(messageId);
        ArgumentNullException.ThrowIfNull(metrics);

        return _messages.SetEventLoopMetricsAsync(sessionId, agentId, messageId, metrics, cancellationToken);
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

        return _messages.GetNextIdAsync(sessionId, agentId, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<int?> RedactMessageAsync(
        string sessionId,
        string agentId,
        int? messageId,
        ChatMessage redactMessage,
        RedactionDetails details,
        CancellationToken cancellationToken = default)
    {
        Identifier.ThrowIfInvalid(sessionId, nameof(sessionId));
        Identifier.ThrowIfInvalid(agentId, nameof(agentId));
        ArgumentNullException.ThrowIfNull(redactMessage);
        ArgumentNullException.ThrowIfNull(details);

        return _messages.RedactAsync(sessionId, agentId, messageId, redactMessage, details, cancellationToken);
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
        ArgumentOutOfRangeException.ThrowIfNegative(query.FromMessageId, $"{nameof(query)}.{nameof(query.FromMessageId)}");
        ArgumentOutOfRangeException.ThrowIfNegative(query.BeforeMessageId ?? 0, $"{nameof(query)}.{nameof(query.BeforeMessageId)}");
        ArgumentOutOfRangeException.ThrowIfNegative(query.Limit ?? 0, $"{nameof(query)}.{nameof(query.Limit)}");
    }
}
