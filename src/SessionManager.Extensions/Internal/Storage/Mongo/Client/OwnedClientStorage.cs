using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using MongoDB.Driver;

namespace SessionManager.Internal.Storage.Mongo.Client;

/// <summary>
/// A storage whose client goes with its container. What is in flight at that moment completes, or ends in one way, whatever the driver
/// has met: its own objects disposed, a closed connection, a server that is no longer there.
/// </summary>
internal sealed class OwnedClientStorage(SessionStorage inner, MongoClientSource source) : DelegatingSessionStorage(inner)
{
    /// <inheritdoc/>
    public override Task PrepareAsync(CancellationToken cancellationToken = default) =>
        GuardAsync(base.PrepareAsync(cancellationToken));

    /// <inheritdoc/>
    public override Task PingAsync(CancellationToken cancellationToken = default) =>
        GuardAsync(base.PingAsync(cancellationToken));

    /// <inheritdoc/>
    protected override Task<SessionInfo?> GetSessionCoreAsync(string sessionId, CancellationToken cancellationToken) =>
        GuardAsync(base.GetSessionCoreAsync(sessionId, cancellationToken));

    /// <inheritdoc/>
    protected override Task<bool> SetTitleCoreAsync(string sessionId, string? title, StoredHistory? source, CancellationToken cancellationToken) =>
        GuardAsync(base.SetTitleCoreAsync(sessionId, title, source, cancellationToken));

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
        GuardAsync(base.GetOrAddAgentCoreAsync(sessionId, agent, messages, applicationName, maxMessages, run, mustExist, cancellationToken));

    /// <inheritdoc/>
    protected override Task<StoredAgent?> GetAgentCoreAsync(string sessionId, string agentId, CancellationToken cancellationToken) =>
        GuardAsync(base.GetAgentCoreAsync(sessionId, agentId, cancellationToken));

    /// <inheritdoc/>
    protected override Task<bool> UpdateAgentCoreAsync(string sessionId, StoredAgent update, HistoryFence? fence, CancellationToken cancellationToken) =>
        GuardAsync(base.UpdateAgentCoreAsync(sessionId, update, fence, cancellationToken));

    /// <inheritdoc/>
    protected override Task<AgentBranch?> TryChangeHistoryCoreAsync(string sessionId, HistoryChange change, CancellationToken cancellationToken) =>
        GuardAsync(base.TryChangeHistoryCoreAsync(sessionId, change, cancellationToken));

    /// <inheritdoc/>
    protected override Task<StoredRun?> TryRenewRunCoreAsync(string sessionId, string agentId, RunRequest run, CancellationToken cancellationToken) =>
        GuardAsync(base.TryRenewRunCoreAsync(sessionId, agentId, run, cancellationToken));

    /// <inheritdoc/>
    protected override Task<bool> TryStopRunCoreAsync(string sessionId, string agentId, CancellationToken cancellationToken) =>
        GuardAsync(base.TryStopRunCoreAsync(sessionId, agentId, cancellationToken));

    /// <inheritdoc/>
    protected override Task<IReadOnlyList<HistoryBranch>> ListBranchesCoreAsync(
        string sessionId, string agentId, int fromBranch, int? beforeBranch, int limit, CancellationToken cancellationToken) =>
        GuardAsync(base.ListBranchesCoreAsync(sessionId, agentId, fromBranch, beforeBranch, limit, cancellationToken));

    /// <inheritdoc/>
    protected override Task<AgentConfig?> GetAgentConfigCoreAsync(string sessionId, string agentId, CancellationToken cancellationToken) =>
        GuardAsync(base.GetAgentConfigCoreAsync(sessionId, agentId, cancellationToken));

    /// <inheritdoc/>
    protected override Task<IReadOnlyList<AgentConfig>> ListAgentsCoreAsync(string sessionId, CancellationToken cancellationToken) =>
        GuardAsync(base.ListAgentsCoreAsync(sessionId, cancellationToken));

    /// <inheritdoc/>
    protected override Task<bool> CreateSessionCoreAsync(
        string sessionId,
        string? applicationName,
        IReadOnlyDictionary<string, object?>? metadata,
        bool revivesDeleted,
        CancellationToken cancellationToken) =>
        GuardAsync(base.CreateSessionCoreAsync(sessionId, applicationName, metadata, revivesDeleted, cancellationToken));

    /// <inheritdoc/>
    protected override Task<bool> ForkSessionCoreAsync(
        string sessionId,
        string targetId,
        string? applicationName,
        IReadOnlyDictionary<string, int> messageCounts,
        CancellationToken cancellationToken) =>
        GuardAsync(base.ForkSessionCoreAsync(sessionId, targetId, applicationName, messageCounts, cancellationToken));

    /// <inheritdoc/>
    protected override Task DeleteBranchCoreAsync(string sessionId, AgentBranch branch, CancellationToken cancellationToken) =>
        GuardAsync(base.DeleteBranchCoreAsync(sessionId, branch, cancellationToken));

    /// <inheritdoc/>
    public override Task<int> SweepAsync(CancellationToken cancellationToken = default) => GuardAsync(base.SweepAsync(cancellationToken));

    /// <inheritdoc/>
    protected override Task<bool> DeleteSessionCoreAsync(string sessionId, CancellationToken cancellationToken) =>
        GuardAsync(base.DeleteSessionCoreAsync(sessionId, cancellationToken));

    /// <inheritdoc/>
    protected override Task UpdateMetadataCoreAsync(
        string sessionId,
        IReadOnlyDictionary<string, object?> metadata,
        CancellationToken cancellationToken) =>
        GuardAsync(base.UpdateMetadataCoreAsync(sessionId, metadata, cancellationToken));

    /// <inheritdoc/>
    protected override Task<long> IncrementMetadataCoreAsync(string sessionId, string key, long amount, CancellationToken cancellationToken) =>
        GuardAsync(base.IncrementMetadataCoreAsync(sessionId, key, amount, cancellationToken));

    /// <inheritdoc/>
    protected override Task<IReadOnlyDictionary<string, object?>?> GetMetadataCoreAsync(
        string sessionId,
        IReadOnlyCollection<string>? keys,
        CancellationToken cancellationToken) =>
        GuardAsync(base.GetMetadataCoreAsync(sessionId, keys, cancellationToken));

    /// <inheritdoc/>
    protected override Task DeleteMetadataCoreAsync(string sessionId, IReadOnlyCollection<string> keys, CancellationToken cancellationToken) =>
        GuardAsync(base.DeleteMetadataCoreAsync(sessionId, keys, cancellationToken));

    /// <inheritdoc/>
    protected override Task<Feedback> AddFeedbackCoreAsync(string sessionId, Feedback feedback, AgentBranch? branch, CancellationToken cancellationToken) =>
        GuardAsync(base.AddFeedbackCoreAsync(sessionId, feedback, branch, cancellationToken));

    /// <inheritdoc/>
    protected override Task<IReadOnlyList<Feedback>> GetFeedbacksCoreAsync(string sessionId, CancellationToken cancellationToken) =>
        GuardAsync(base.GetFeedbacksCoreAsync(sessionId, cancellationToken));

    /// <inheritdoc/>
    protected override Task<FeedbackPage> ListFeedbacksCoreAsync(string sessionId, FeedbackQuery query, CancellationToken cancellationToken) =>
        GuardAsync(base.ListFeedbacksCoreAsync(sessionId, query, cancellationToken));

    /// <inheritdoc/>
    protected override Task<bool> DeleteFeedbackCoreAsync(string sessionId, string feedbackId, CancellationToken cancellationToken) =>
        GuardAsync(base.DeleteFeedbackCoreAsync(sessionId, feedbackId, cancellationToken));

    /// <inheritdoc/>
    protected override Task<SessionUsage> GetUsageCoreAsync(string sessionId, CancellationToken cancellationToken) =>
        GuardAsync(base.GetUsageCoreAsync(sessionId, cancellationToken));

    /// <inheritdoc/>
    protected override Task<bool> AddFirstMessagesCoreAsync(
        string sessionId,
        AgentBranch branch,
        IReadOnlyList<ChatMessage> messages,
        CancellationToken cancellationToken) =>
        GuardAsync(base.AddFirstMessagesCoreAsync(sessionId, branch, messages, cancellationToken));

    /// <inheritdoc/>
    protected override Task<IReadOnlyList<int>?> AppendMessagesCoreAsync(
        string sessionId,
        AgentBranch branch,
        IReadOnlyList<ChatMessage> messages,
        int? nextPosition,
        EventLoopMetrics? metrics,
        bool onlyThere,
        CancellationToken cancellationToken) =>
        GuardAsync(base.AppendMessagesCoreAsync(sessionId, branch, messages, nextPosition, metrics, onlyThere, cancellationToken));

    /// <inheritdoc/>
    protected override Task SetEventLoopMetricsCoreAsync(
        string sessionId,
        AgentBranch branch,
        int position,
        EventLoopMetrics metrics,
        CancellationToken cancellationToken) =>
        GuardAsync(base.SetEventLoopMetricsCoreAsync(sessionId, branch, position, metrics, cancellationToken));

    /// <inheritdoc/>
    protected override Task<IReadOnlyList<SessionMessage>> ListMessagesCoreAsync(
        string sessionId,
        AgentBranch branch,
        MessageQuery query,
        CancellationToken cancellationToken) =>
        GuardAsync(base.ListMessagesCoreAsync(sessionId, branch, query, cancellationToken));

    /// <inheritdoc/>
    protected override IAsyncEnumerable<SessionMessage> StreamMessagesCoreAsync(
        string sessionId,
        AgentBranch branch,
        MessageQuery query,
        CancellationToken cancellationToken) =>
        GuardAsync(base.StreamMessagesCoreAsync(sessionId, branch, query, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    protected override Task<int> GetMessageCountCoreAsync(string sessionId, AgentBranch branch, CancellationToken cancellationToken) =>
        GuardAsync(base.GetMessageCountCoreAsync(sessionId, branch, cancellationToken));

    /// <inheritdoc/>
    protected override Task<int?> RedactMessageCoreAsync(
        string sessionId,
        AgentBranch branch,
        int? position,
        ChatMessage redactMessage,
        RedactionDetails details,
        CancellationToken cancellationToken) =>
        GuardAsync(base.RedactMessageCoreAsync(sessionId, branch, position, redactMessage, details, cancellationToken));

    /// <inheritdoc/>
    protected override Task<IReadOnlyList<GuardrailEvent>> ListGuardrailEventsCoreAsync(string sessionId, CancellationToken cancellationToken) =>
        GuardAsync(base.ListGuardrailEventsCoreAsync(sessionId, cancellationToken));

    /// <inheritdoc/>
    protected override Task<bool> TryClaimRequestCoreAsync(
        string sessionId,
        AgentBranch branch,
        int position,
        string requestId,
        CancellationToken cancellationToken) =>
        GuardAsync(base.TryClaimRequestCoreAsync(sessionId, branch, position, requestId, cancellationToken));

    /// <inheritdoc/>
    protected override Task<bool> TryReplaceLastMessageCoreAsync(
        string sessionId,
        AgentBranch branch,
        int position,
        ChatMessage message,
        CancellationToken cancellationToken) =>
        GuardAsync(base.TryReplaceLastMessageCoreAsync(sessionId, branch, position, message, cancellationToken));

    /// <inheritdoc/>
    protected override Task<bool> TryReplaceDamagedMessageCoreAsync(
        string sessionId,
        AgentBranch branch,
        int position,
        CancellationToken cancellationToken) =>
        GuardAsync(base.TryReplaceDamagedMessageCoreAsync(sessionId, branch, position, cancellationToken));

    /// <inheritdoc/>
    protected override Task<IReadOnlyList<SessionMessage>> ListMessageIdentitiesCoreAsync(
        string sessionId,
        AgentBranch branch,
        int beforePosition,
        CancellationToken cancellationToken) =>
        GuardAsync(base.ListMessageIdentitiesCoreAsync(sessionId, branch, beforePosition, cancellationToken));

    private async Task GuardAsync(Task operation)
    {
        try
        {
            await operation.WaitAsync(source.Gone).ConfigureAwait(false);
        }
        catch (Exception e) when (IsOfDisposal(e))
        {
            throw ToDisposed(operation);
        }
    }

    private async Task<T> GuardAsync<T>(Task<T> operation)
    {
        try
        {
            return await operation.WaitAsync(source.Gone).ConfigureAwait(false);
        }
        catch (Exception e) when (IsOfDisposal(e))
        {
            throw ToDisposed(operation);
        }
    }

    private async IAsyncEnumerable<SessionMessage> GuardAsync(
        IAsyncEnumerable<SessionMessage> messages,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var enumerator = messages.GetAsyncEnumerator(cancellationToken);
        Task<bool>? move = null;
        try
        {
            while (await GuardAsync(move = enumerator.MoveNextAsync().AsTask()).ConfigureAwait(false))
            {
                yield return enumerator.Current;
            }
        }
        finally
        {
            // One that does not end cannot be disposed.
            if (move is null or { IsCompleted: true })
            {
                await enumerator.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private bool IsOfDisposal(Exception exception) => source.IsDisposed && exception switch
    {
        ObjectDisposedException or MongoException or TimeoutException => true,
        OperationCanceledException cancelled => cancelled.CancellationToken == source.Gone,
        _ => false,
    };

    private static ObjectDisposedException ToDisposed(Task operation)
    {
        // Should it end after all, nobody is there to hear how.
        _ = operation.ContinueWith(static ended => _ = ended.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        return new("SessionManager", "The host or container that the session belongs to was disposed. A write that was in flight is stored or not.");
    }
}
