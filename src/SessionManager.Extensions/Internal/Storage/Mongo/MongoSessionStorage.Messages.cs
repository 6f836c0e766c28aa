using Microsoft.Extensions.AI;

namespace SessionManager.Internal.Storage.Mongo;

internal sealed partial class MongoSessionStorage
{
    /// <inheritdoc/>
    protected override Task<bool> AddFirstMessagesCoreAsync(
        string sessionId,
        AgentBranch branch,
        IReadOnlyList<ChatMessage> messages,
        CancellationToken cancellationToken)
    {
        return _messages.AddFirstAsync(_messages.CreateDocuments(sessionId, branch, messages), cancellationToken);
    }

    /// <inheritdoc/>
    protected override async Task<IReadOnlyList<int>?> AppendMessagesCoreAsync(
        string sessionId,
        AgentBranch branch,
        IReadOnlyList<ChatMessage> messages,
        int? nextPosition,
        EventLoopMetrics? metrics,
        bool onlyThere,
        CancellationToken cancellationToken)
    {
        // Before anything is stored: a message that goes to a session which has ended would be in the way of the next one of that id.
        await KeepAsync(sessionId, branch.Number, cancellationToken).ConfigureAwait(false);
        return await _messages.AppendAsync(sessionId, branch, messages, nextPosition, metrics, onlyThere, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override Task SetEventLoopMetricsCoreAsync(
        string sessionId,
        AgentBranch branch,
        int position,
        EventLoopMetrics metrics,
        CancellationToken cancellationToken)
    {
        return _messages.SetEventLoopMetricsAsync(sessionId, branch, position, metrics, cancellationToken);
    }

    /// <inheritdoc/>
    protected override async Task<IReadOnlyList<SessionMessage>> ListMessagesCoreAsync(
        string sessionId,
        AgentBranch branch,
        MessageQuery query,
        CancellationToken cancellationToken)
    {
        return await _messages.ListAsync(sessionId, branch, query, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override IAsyncEnumerable<SessionMessage> StreamMessagesCoreAsync(
        string sessionId,
        AgentBranch branch,
        MessageQuery query,
        CancellationToken cancellationToken)
    {
        return _messages.StreamAsync(sessionId, branch, query, cancellationToken);
    }

    /// <inheritdoc/>
    protected override Task<int> GetMessageCountCoreAsync(string sessionId, AgentBranch branch, CancellationToken cancellationToken)
    {
        return _messages.GetNextPositionAsync(sessionId, branch, cancellationToken);
    }

    /// <inheritdoc/>
    protected override Task<bool> TryClaimRequestCoreAsync(
        string sessionId,
        AgentBranch branch,
        int position,
        string requestId,
        CancellationToken cancellationToken) =>
        _messages.TryClaimAsync(sessionId, branch, position, requestId, cancellationToken);

    /// <inheritdoc/>
    protected override Task<bool> TryReplaceLastMessageCoreAsync(
        string sessionId,
        AgentBranch branch,
        int position,
        ChatMessage message,
        CancellationToken cancellationToken) =>
        _messages.TryReplaceLastAsync(sessionId, branch, position, message, cancellationToken);

    /// <inheritdoc/>
    protected override Task<bool> TryReplaceDamagedMessageCoreAsync(
        string sessionId,
        AgentBranch branch,
        int position,
        CancellationToken cancellationToken) =>
        _messages.TryReplaceDamagedAsync(sessionId, branch, position, cancellationToken);

    /// <inheritdoc/>
    protected override Task<IReadOnlyList<SessionMessage>> ListMessageIdentitiesCoreAsync(
        string sessionId,
        AgentBranch branch,
        int beforePosition,
        CancellationToken cancellationToken) =>
        _messages.ListIdentitiesAsync(sessionId, branch, beforePosition, cancellationToken);
}
