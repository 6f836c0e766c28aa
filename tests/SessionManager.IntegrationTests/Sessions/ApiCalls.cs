using Microsoft.Extensions.AI;

namespace SessionManager.IntegrationTests.Sessions;

/// <summary>
/// Every call of the two interfaces that does I/O, for tests of what all of them have in common.
/// </summary>
internal static class ApiCalls
{
    /// <summary>
    /// Gets the calls of a session manager that take an agent or its id.
    /// </summary>
    public static IReadOnlyDictionary<string, Func<ISessionManager, string, CancellationToken, Task>> OfManagerWithAgent { get; } =
        new Dictionary<string, Func<ISessionManager, string, CancellationToken, Task>>
        {
            [nameof(ISessionManager.InitializeAsync)] = (session, agentId, token) => session.InitializeAsync(new BareAgent(agentId), token),
            [nameof(ISessionManager.AppendMessageAsync)] = (session, agentId, token) => session.AppendMessageAsync(Agents.User(), new BareAgent(agentId), token),
            [nameof(ISessionManager.AppendMessagesAsync)] = (session, agentId, token) => session.AppendMessagesAsync([Agents.User()], new BareAgent(agentId), token),
            [nameof(ISessionManager.SyncAgentAsync)] = (session, agentId, token) => session.SyncAgentAsync(new BareAgent(agentId), token),
            [nameof(ISessionManager.ListMessagesAsync)] = (session, agentId, token) => session.ListMessagesAsync(agentId, null, token),
            [nameof(ISessionManager.StreamMessagesAsync)] = (session, agentId, token) => session.StreamMessagesAsync(agentId, null, token).CountAsync(CancellationToken.None).AsTask(),
            [nameof(ISessionManager.GetMessageCountAsync)] = (session, agentId, token) => session.GetMessageCountAsync(agentId, token),
            [nameof(ISessionManager.GetAgentConfigAsync)] = (session, agentId, token) => session.GetAgentConfigAsync(agentId, token),
            ["InitializeAsync with options"] = (session, agentId, token) =>
                session.InitializeAsync(new BareAgent(agentId), new AgentInitializationOptions { Window = new HistoryWindow { MaxMessages = 2 } }, token),
            [nameof(ISessionManager.RedactLatestMessageAsync)] = (session, agentId, token) =>
                session.RedactLatestMessageAsync(Agents.Assistant(), new BareAgent(agentId), null, token),
            [nameof(ISessionManager.UpdateAgentConfigAsync)] = (session, agentId, token) => session.UpdateAgentConfigAsync(agentId, "other", null, token),
            [nameof(ISessionManager.SetPromptMetadataAsync)] = (session, agentId, token) => session.SetPromptMetadataAsync(agentId, SomeFields, token),
        };

    /// <summary>
    /// Gets the calls of a session manager that take no agent.
    /// </summary>
    public static IReadOnlyDictionary<string, Func<ISessionManager, CancellationToken, Task>> OfManager { get; } =
        new Dictionary<string, Func<ISessionManager, CancellationToken, Task>>
        {
            [nameof(ISessionManager.ListAgentsAsync)] = (session, token) => session.ListAgentsAsync(token),
            [nameof(ISessionManager.GetApplicationNameAsync)] = (session, token) => session.GetApplicationNameAsync(token),
            [nameof(ISessionManager.CreateSessionAsync)] = (session, token) => session.CreateSessionAsync(token),
            [nameof(ISessionManager.SessionExistsAsync)] = (session, token) => session.SessionExistsAsync(token),
            [nameof(ISessionManager.DeleteSessionAsync)] = (session, token) => session.DeleteSessionAsync(token),
            [nameof(ISessionManager.ListGuardrailEventsAsync)] = (session, token) => session.ListGuardrailEventsAsync(token),
            [nameof(ISessionManager.GetUsageAsync)] = (session, token) => session.GetUsageAsync(token),
            [nameof(ISessionManager.UpdateMetadataAsync)] = (session, token) => session.UpdateMetadataAsync(SomeFields, token),
            [nameof(ISessionManager.GetMetadataAsync)] = (session, token) => session.GetMetadataAsync(["a"], token),
            ["GetMetadataAsync of a type"] = (session, token) => session.GetMetadataAsync<Dictionary<string, object>>(null, token),
            [nameof(ISessionManager.DeleteMetadataAsync)] = (session, token) => session.DeleteMetadataAsync(["a"], token),
            [nameof(ISessionManager.AddFeedbackAsync)] = (session, token) => session.AddFeedbackAsync(new Feedback { Rating = FeedbackRating.Up }, token),
            ["AddFeedbackAsync on a message"] = (session, token) => session.AddFeedbackAsync(new Feedback { AgentId = "support", Position = 0 }, token),
            [nameof(ISessionManager.GetFeedbacksAsync)] = (session, token) => session.GetFeedbacksAsync(token),
        };

    /// <summary>
    /// Gets the calls of a repository that take no agent.
    /// </summary>
    public static IReadOnlyDictionary<string, Func<ISessionRepository, string, CancellationToken, Task>> OfRepository { get; } =
        new Dictionary<string, Func<ISessionRepository, string, CancellationToken, Task>>
        {
            [nameof(ISessionRepository.GetSessionAsync)] = (repository, sessionId, token) => repository.GetSessionAsync(sessionId, token),
            [nameof(ISessionRepository.ListAgentsAsync)] = (repository, sessionId, token) => repository.ListAgentsAsync(sessionId, token),
            [nameof(ISessionRepository.CreateSessionAsync)] = (repository, sessionId, token) => repository.CreateSessionAsync(sessionId, null, token),
            [nameof(ISessionRepository.DeleteSessionAsync)] = (repository, sessionId, token) => repository.DeleteSessionAsync(sessionId, token),
            [nameof(ISessionRepository.ListGuardrailEventsAsync)] = (repository, sessionId, token) => repository.ListGuardrailEventsAsync(sessionId, token),
            [nameof(ISessionRepository.GetUsageAsync)] = (repository, sessionId, token) => repository.GetUsageAsync(sessionId, token),
            [nameof(ISessionRepository.UpdateMetadataAsync)] = (repository, sessionId, token) => repository.UpdateMetadataAsync(sessionId, SomeFields, token),
            [nameof(ISessionRepository.GetMetadataAsync)] = (repository, sessionId, token) => repository.GetMetadataAsync(sessionId, null, token),
            [nameof(ISessionRepository.DeleteMetadataAsync)] = (repository, sessionId, token) => repository.DeleteMetadataAsync(sessionId, ["a"], token),
            [nameof(ISessionRepository.AddFeedbackAsync)] = (repository, sessionId, token) => repository.AddFeedbackAsync(sessionId, new Feedback(), token),
            [nameof(ISessionRepository.GetFeedbacksAsync)] = (repository, sessionId, token) => repository.GetFeedbacksAsync(sessionId, token),
        };

    /// <summary>
    /// Gets the calls of a repository that are about all sessions, for administrators.
    /// </summary>
    public static IReadOnlyDictionary<string, Func<ISessionRepository, CancellationToken, Task>> OfAllSessions { get; } =
        new Dictionary<string, Func<ISessionRepository, CancellationToken, Task>>
        {
            [nameof(ISessionRepository.ListSessionsAsync)] = (repository, token) => repository.ListSessionsAsync(new SessionQuery(), token),
        };

    /// <summary>
    /// Gets the calls of a repository that take an agent or its id.
    /// </summary>
    public static IReadOnlyDictionary<string, Func<ISessionRepository, string, string, CancellationToken, Task>> OfRepositoryWithAgent { get; } =
        new Dictionary<string, Func<ISessionRepository, string, string, CancellationToken, Task>>
        {
            [nameof(ISessionRepository.GetOrAddAgentAsync)] = (repository, sessionId, agentId, token) =>
                repository.GetOrAddAgentAsync(sessionId, new AgentData { AgentId = agentId }, [Agents.User()], null, null, token),
            [nameof(ISessionRepository.GetAgentAsync)] = (repository, sessionId, agentId, token) => repository.GetAgentAsync(sessionId, agentId, token),
            [nameof(ISessionRepository.UpdateAgentAsync)] = (repository, sessionId, agentId, token) =>
                repository.UpdateAgentAsync(sessionId, new AgentData { AgentId = agentId, Model = "other" }, token),
            [nameof(ISessionRepository.GetAgentConfigAsync)] = (repository, sessionId, agentId, token) => repository.GetAgentConfigAsync(sessionId, agentId, token),
            [nameof(ISessionRepository.AddFirstMessagesAsync)] = (repository, sessionId, agentId, token) =>
                repository.AddFirstMessagesAsync(sessionId, agentId, [Agents.User()], token),
            [nameof(ISessionRepository.AppendMessageAsync)] = (repository, sessionId, agentId, token) =>
                repository.AppendMessageAsync(sessionId, agentId, Agents.User(), 0, null, token),
            [nameof(ISessionRepository.AppendMessagesAsync)] = (repository, sessionId, agentId, token) =>
                repository.AppendMessagesAsync(sessionId, agentId, [Agents.User(), Agents.Assistant()], null, null, token),
            ["AppendMessageAsync without an id"] = (repository, sessionId, agentId, token) =>
                repository.AppendMessageAsync(sessionId, agentId, Agents.User(), null, null, token),
            [nameof(ISessionRepository.SetEventLoopMetricsAsync)] = (repository, sessionId, agentId, token) =>
                repository.SetEventLoopMetricsAsync(sessionId, agentId, 0, new EventLoopMetrics(), token),
            [nameof(ISessionRepository.ListMessagesAsync)] = (repository, sessionId, agentId, token) =>
                repository.ListMessagesAsync(sessionId, agentId, new MessageQuery(), token),
            [nameof(ISessionRepository.StreamMessagesAsync)] = (repository, sessionId, agentId, token) =>
                repository.StreamMessagesAsync(sessionId, agentId, new MessageQuery(), token).CountAsync(CancellationToken.None).AsTask(),
            [nameof(ISessionRepository.GetMessageCountAsync)] = (repository, sessionId, agentId, token) => repository.GetMessageCountAsync(sessionId, agentId, token),
            [nameof(ISessionRepository.RedactMessageAsync)] = (repository, sessionId, agentId, token) =>
                repository.RedactMessageAsync(sessionId, agentId, null, Agents.Assistant(), new RedactionDetails(), token),
            ["AddFeedbackAsync on a message"] = (repository, sessionId, agentId, token) =>
                repository.AddFeedbackAsync(sessionId, new Feedback { AgentId = agentId, Position = 0 }, token),
        };

    private static Dictionary<string, object?> SomeFields => new() { ["a"] = 1, ["b.c"] = "x" };

    /// <summary>
    /// An agent with any id, as an implementation of one's own may have.
    /// </summary>
    private sealed class BareAgent(string agentId) : ISessionAgent
    {
        public string AgentId => agentId;

        public string? Model => "other";

        public string? SystemPrompt => null;

        public IList<ChatMessage> Messages { get; } = [];

        public System.Text.Json.Nodes.JsonObject State { get; set; } = [];

        public System.Text.Json.Nodes.JsonObject ConversationManagerState { get; set; } = [];

        public EventLoopMetrics GetMetrics() => new();
    }
}
