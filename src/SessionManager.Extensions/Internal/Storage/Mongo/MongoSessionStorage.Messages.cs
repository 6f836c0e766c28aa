using Microsoft.Extensions.AI;

namespace SessionManager.Internal.Storage.Mongo;

internal sealed partial class MongoSessionStorage
{
    /// <inheritdoc/>
    protected override Task<bool> AddFirstMessagesCoreAsync(
        string sessionId,
        string agentId,
        IReadOnlyList<ChatMessage> messages,
        CancellationToken cancellationToken)
    {
        return _messages.AddFirstAsync(_messages.CreateDocuments(sessionId, agentId, messages), cancellationToken);
    }

    /// <inheritdoc/>
    protected override async Task<IReadOnlyList<int>> AppendMessagesCoreAsync(
        string sessionId,
        string agentId,
        IReadOnlyList<ChatMessage> messages,
        int? nextPosition,
        EventLoopMetrics? metrics,
        CancellationToken cancellationToken)
    {
        // Before anything is stored: a message that goes to a session which has ended would be in the way of the next one of that id.
        await KeepAsync(sessionId, cancellationToken).ConfigureAwait(false);
        return await _messages.AppendAsync(sessionId, agentId, messages, nextPosition, metrics, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override Task SetEventLoopMetricsCoreAsync(
        string sessionId,
        string agentId,
        int position,
        EventLoopMetrics metrics,
        CancellationToken cancellationToken)
    {
        return _messages.SetEventLoopMetricsAsync(sessionId, agentId, position, metrics, cancellationToken);
    }

    /// <inheritdoc/>
    protected override async Task<IReadOnlyList<SessionMessage>> ListMessagesCoreAsync(
        string sessionId,
        string agentId,
        MessageQuery query,
        CancellationToken cancellationToken)
    {
        return await _messages.ListAsync(sessionId, agentId, query, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override IAsyncEnumerable<SessionMessage> StreamMessagesCoreAsync(
        string sessionId,
        string agentId,
        MessageQuery query,
        CancellationToken cancellationToken)
    {
        return _messages.StreamAsync(sessionId, agentId, query, cancellationToken);
    }

    /// <inheritdoc/>
    protected override Task<int> GetMessageCountCoreAsync(string sessionId, string agentId, CancellationToken cancellationToken)
    {
        return _messages.GetNextPositionAsync(sessionId, agentId, cancellationToken);
    }

    /// <inheritdoc/>
    protected override Task<bool> TryClaimRequestCoreAsync(
        string sessionId,
        string agentId,
        int position,
        string requestId,
        CancellationToken cancellationToken) =>
        _messages.TryClaimAsync(sessionId, agentId, position, requestId, cancellationToken);

    /// <inheritdoc/>
    protected override Task<bool> TryReplaceLastMessageCoreAsync(
        string sessionId,
        string agentId,
        int position,
        ChatMessage message,
        CancellationToken cancellationToken) =>
        _messages.TryReplaceLastAsync(sessionId, agentId, position, message, cancellationToken);

    /// <inheritdoc/>
    protected override Task<bool> TryReplaceDamagedMessageCoreAsync(
        string sessionId,
        string agentId,
        int position,
        CancellationToken cancellationToken) =>
        _messages.TryReplaceDamagedAsync(sessionId, agentId, position, cancellationToken);

    /// <inheritdoc/>
    protected override Task<IReadOnlyList<SessionMessage>> ListMessageIdentitiesCoreAsync(
        string sessionId,
        string agentId,
        int beforePosition,
        CancellationToken cancellationToken) =>
        _messages.ListIdentitiesAsync(sessionId, agentId, beforePosition, cancellationToken);
}
