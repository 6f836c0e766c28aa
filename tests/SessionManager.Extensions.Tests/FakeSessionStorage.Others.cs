using Microsoft.Extensions.AI;

namespace SessionManager;

/// <summary>
/// The other operations, which hooks have nothing to do with.
/// </summary>
internal sealed partial class FakeSessionStorage
{
    protected override Task<SessionInfo?> GetSessionCoreAsync(string sessionId, CancellationToken cancellationToken) => throw new NotSupportedException();

    protected override Task<bool> SetTitleCoreAsync(string sessionId, string? title, StoredHistory? source, CancellationToken cancellationToken) => throw new NotSupportedException();

    protected override Task<StoredAgentAddition> GetOrAddAgentCoreAsync(string sessionId, StoredAgent agent, IReadOnlyList<ChatMessage> messages, string? applicationName, int? maxMessages, RunRequest? run, bool mustExist, CancellationToken cancellationToken) => throw new NotSupportedException();

    protected override Task<StoredAgent?> GetAgentCoreAsync(string sessionId, string agentId, CancellationToken cancellationToken) => NoAgent;

    protected override Task<bool> UpdateAgentCoreAsync(string sessionId, StoredAgent update, HistoryFence? fence, CancellationToken cancellationToken) => throw new NotSupportedException();

    protected override Task<AgentConfig?> GetAgentConfigCoreAsync(string sessionId, string agentId, CancellationToken cancellationToken) => throw new NotSupportedException();

    protected override Task<IReadOnlyList<AgentConfig>> ListAgentsCoreAsync(string sessionId, CancellationToken cancellationToken) => throw new NotSupportedException();

    protected override Task<bool> AddFirstMessagesCoreAsync(string sessionId, AgentBranch branch, IReadOnlyList<ChatMessage> messages, CancellationToken cancellationToken) => throw new NotSupportedException();

    protected override Task<IReadOnlyList<int>?> AppendMessagesCoreAsync(string sessionId, AgentBranch branch, IReadOnlyList<ChatMessage> messages, int? nextPosition, EventLoopMetrics? metrics, bool onlyThere, CancellationToken cancellationToken) => throw new NotSupportedException();

    protected override Task SetEventLoopMetricsCoreAsync(string sessionId, AgentBranch branch, int position, EventLoopMetrics metrics, CancellationToken cancellationToken) => throw new NotSupportedException();

    protected override Task<IReadOnlyList<SessionMessage>> ListMessagesCoreAsync(string sessionId, AgentBranch branch, MessageQuery query, CancellationToken cancellationToken) => throw new NotSupportedException();

    protected override IAsyncEnumerable<SessionMessage> StreamMessagesCoreAsync(string sessionId, AgentBranch branch, MessageQuery query, CancellationToken cancellationToken) => throw new NotSupportedException();

    protected override Task<int> GetMessageCountCoreAsync(string sessionId, AgentBranch branch, CancellationToken cancellationToken) => throw new NotSupportedException();

    protected override Task<bool> DeleteSessionCoreAsync(string sessionId, CancellationToken cancellationToken) => throw new NotSupportedException();

    protected override Task DeleteBranchCoreAsync(string sessionId, AgentBranch branch, CancellationToken cancellationToken) => throw new NotSupportedException();

    protected override Task<bool> TryClaimRequestCoreAsync(string sessionId, AgentBranch branch, int position, string requestId, CancellationToken cancellationToken) => throw new NotSupportedException();

    protected override Task<bool> TryReplaceLastMessageCoreAsync(string sessionId, AgentBranch branch, int position, ChatMessage message, CancellationToken cancellationToken) => throw new NotSupportedException();

    protected override Task<int?> RedactMessageCoreAsync(string sessionId, AgentBranch branch, int? position, ChatMessage redactMessage, RedactionDetails details, CancellationToken cancellationToken) => throw new NotSupportedException();

    protected override Task<IReadOnlyList<GuardrailEvent>> ListGuardrailEventsCoreAsync(string sessionId, CancellationToken cancellationToken) => throw new NotSupportedException();

    protected override Task<AgentBranch?> TryChangeHistoryCoreAsync(string sessionId, HistoryChange change, CancellationToken cancellationToken) => throw new NotSupportedException();

    protected override Task<StoredRun?> TryRenewRunCoreAsync(string sessionId, string agentId, RunRequest run, CancellationToken cancellationToken) => throw new NotSupportedException();

    protected override Task<bool> TryStopRunCoreAsync(string sessionId, string agentId, CancellationToken cancellationToken) => throw new NotSupportedException();

    protected override Task<IReadOnlyList<HistoryBranch>> ListBranchesCoreAsync(string sessionId, string agentId, int fromBranch, int? beforeBranch, int limit, CancellationToken cancellationToken) => throw new NotSupportedException();

    protected override Task<SessionUsage> GetUsageCoreAsync(string sessionId, CancellationToken cancellationToken) => throw new NotSupportedException();
}
