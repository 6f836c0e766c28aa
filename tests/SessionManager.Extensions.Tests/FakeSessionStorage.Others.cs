using Microsoft.Extensions.AI;

namespace SessionManager;

/// <summary>
/// The other operations, which hooks have nothing to do with.
/// </summary>
internal sealed partial class FakeSessionStorage
{
    protected override Task<SessionInfo?> GetSessionCoreAsync(string sessionId, CancellationToken cancellationToken) => throw new NotSupportedException();

    protected override Task<StoredAgentAddition> GetOrAddAgentCoreAsync(string sessionId, StoredAgent agent, IReadOnlyList<ChatMessage> messages, string? applicationName, int? maxMessages, CancellationToken cancellationToken) => throw new NotSupportedException();

    protected override Task<StoredAgent?> GetAgentCoreAsync(string sessionId, string agentId, CancellationToken cancellationToken) => throw new NotSupportedException();

    protected override Task UpdateAgentCoreAsync(string sessionId, StoredAgent update, CancellationToken cancellationToken) => throw new NotSupportedException();

    protected override Task<AgentConfig?> GetAgentConfigCoreAsync(string sessionId, string agentId, CancellationToken cancellationToken) => throw new NotSupportedException();

    protected override Task<IReadOnlyList<AgentConfig>> ListAgentsCoreAsync(string sessionId, CancellationToken cancellationToken) => throw new NotSupportedException();

    protected override Task<bool> AddFirstMessagesCoreAsync(string sessionId, string agentId, IReadOnlyList<ChatMessage> messages, CancellationToken cancellationToken) => throw new NotSupportedException();

    protected override Task<IReadOnlyList<int>> AppendMessagesCoreAsync(string sessionId, string agentId, IReadOnlyList<ChatMessage> messages, int? nextPosition, EventLoopMetrics? metrics, CancellationToken cancellationToken) => throw new NotSupportedException();

    protected override Task SetEventLoopMetricsCoreAsync(string sessionId, string agentId, int position, EventLoopMetrics metrics, CancellationToken cancellationToken) => throw new NotSupportedException();

    protected override Task<IReadOnlyList<SessionMessage>> ListMessagesCoreAsync(string sessionId, string agentId, MessageQuery query, CancellationToken cancellationToken) => throw new NotSupportedException();

    protected override IAsyncEnumerable<SessionMessage> StreamMessagesCoreAsync(string sessionId, string agentId, MessageQuery query, CancellationToken cancellationToken) => throw new NotSupportedException();

    protected override Task<int> GetMessageCountCoreAsync(string sessionId, string agentId, CancellationToken cancellationToken) => throw new NotSupportedException();

    protected override Task<bool> DeleteSessionCoreAsync(string sessionId, CancellationToken cancellationToken) => throw new NotSupportedException();

    protected override Task<bool> TryClaimRequestCoreAsync(string sessionId, string agentId, int position, string requestId, CancellationToken cancellationToken) => throw new NotSupportedException();

    protected override Task<bool> TryReplaceLastMessageCoreAsync(string sessionId, string agentId, int position, ChatMessage message, CancellationToken cancellationToken) => throw new NotSupportedException();

    protected override Task<int?> RedactMessageCoreAsync(string sessionId, string agentId, int? position, ChatMessage redactMessage, RedactionDetails details, CancellationToken cancellationToken) => throw new NotSupportedException();

    protected override Task<IReadOnlyList<GuardrailEvent>> ListGuardrailEventsCoreAsync(string sessionId, CancellationToken cancellationToken) => throw new NotSupportedException();

    protected override Task<SessionUsage> GetUsageCoreAsync(string sessionId, CancellationToken cancellationToken) => throw new NotSupportedException();
}
