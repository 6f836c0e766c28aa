using Microsoft.Extensions.AI;

namespace SessionManager;

/// <summary>
/// The other operations, which hooks have nothing to do with.
/// </summary>
internal sealed partial class FakeSessionRepository
{
    public Task<SessionInfo?> GetSessionAsync(string sessionId, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<AgentAddition> GetOrAddAgentAsync(string sessionId, AgentData agent, IReadOnlyList<ChatMessage> messages, string? applicationName, int? maxMessages, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<AgentData?> GetAgentAsync(string sessionId, string agentId, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task UpdateAgentAsync(string sessionId, AgentData update, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<AgentConfig?> GetAgentConfigAsync(string sessionId, string agentId, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<IReadOnlyList<AgentConfig>> ListAgentsAsync(string sessionId, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<bool> AddFirstMessagesAsync(string sessionId, string agentId, IReadOnlyList<ChatMessage> messages, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<int> AppendMessageAsync(string sessionId, string agentId, ChatMessage message, int? nextMessageId, EventLoopMetrics? metrics, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<IReadOnlyList<int>> AppendMessagesAsync(string sessionId, string agentId, IReadOnlyList<ChatMessage> messages, int? nextMessageId, EventLoopMetrics? metrics, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task SetEventLoopMetricsAsync(string sessionId, string agentId, int messageId, EventLoopMetrics metrics, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<IReadOnlyList<SessionMessage>> ListMessagesAsync(string sessionId, string agentId, MessageQuery query, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public IAsyncEnumerable<SessionMessage> StreamMessagesAsync(string sessionId, string agentId, MessageQuery query, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<int> GetMessageCountAsync(string sessionId, string agentId, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<bool> CreateSessionAsync(string sessionId, string? applicationName, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<bool> DeleteSessionAsync(string sessionId, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<SessionPage> ListSessionsAsync(SessionQuery query, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<int?> RedactMessageAsync(string sessionId, string agentId, int? messageId, ChatMessage redactMessage, RedactionDetails details, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<IReadOnlyList<GuardrailEvent>> ListGuardrailEventsAsync(string sessionId, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<SessionUsage> GetUsageAsync(string sessionId, CancellationToken cancellationToken = default) => throw new NotSupportedException();
}
