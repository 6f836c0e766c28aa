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
            [nameof(ISessionManager.AppendAnswerAsync)] = (session, agentId, token) => session.AppendAnswerAsync([Agents.User()], new BareAgent(agentId), token),
            [nameof(ISessionManager.AppendMessagesAsync)] = (session, agentId, token) => session.AppendMessagesAsync([Agents.User()], new BareAgent(agentId), token),
            [nameof(ISessionManager.SyncAgentAsync)] = (session, agentId, token) => session.SyncAgentAsync(new BareAgent(agentId), token),
            [nameof(ISessionManager.ListMessagesAsync)] = (session, agentId, token) => session.ListMessagesAsync(agentId, null, token),
            [nameof(ISessionManager.StreamMessagesAsync)] = (session, agentId, token) => session.StreamMessagesAsync(agentId, null, token).CountAsync(CancellationToken.None).AsTask(),
            [nameof(ISessionManager.GetMessageCountAsync)] = (session, agentId, token) => session.GetMessageCountAsync(agentId, token),
            [nameof(ISessionManager.TryReplaceDamagedMessageAsync)] = (session, agentId, token) => session.TryReplaceDamagedMessageAsync(agentId, 0, token),
            [nameof(ISessionManager.GetAgentConfigAsync)] = (session, agentId, token) => session.GetAgentConfigAsync(agentId, token),
            ["InitializeAsync with options"] = (session, agentId, token) =>
                session.InitializeAsync(new BareAgent(agentId), new AgentInitializationOptions { Window = new HistoryWindow { MaxMessages = 2 } }, token),
            [nameof(ISessionManager.RedactLatestMessageAsync)] = (session, agentId, token) =>
                session.RedactLatestMessageAsync(Agents.Assistant(), new BareAgent(agentId), null, token),
            [nameof(ISessionManager.UpdateAgentConfigAsync)] = (session, agentId, token) => session.UpdateAgentConfigAsync(agentId, "other", null, token),
            [nameof(ISessionManager.StartRunAsync)] = StartAndEndRunAsync,
            [nameof(ISessionManager.RequestStopAsync)] = (session, agentId, token) => session.RequestStopAsync(agentId, token),
            [nameof(ISessionManager.RewindAsync)] = (session, agentId, token) => session.RewindAsync(agentId, 0, null, token),
            [nameof(ISessionManager.UndoLastTurnAsync)] = (session, agentId, token) => session.UndoLastTurnAsync(agentId, null, token),
            [nameof(ISessionManager.ClearAsync)] = (session, agentId, token) => session.ClearAsync(agentId, null, token),
            [nameof(ISessionManager.SwitchBranchAsync)] = SwitchBranchAsync,
            [nameof(ISessionManager.ListBranchesAsync)] = (session, agentId, token) => session.ListBranchesAsync(agentId, cancellationToken: token),
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
            [nameof(ISessionManager.GetSessionAsync)] = (session, token) => session.GetSessionAsync(token),
            [nameof(ISessionManager.SetTitleAsync)] = (session, token) => session.SetTitleAsync("A title", token),
            [nameof(ISessionManager.ForkAsync)] = (session, token) => session.ForkAsync(ToForkId(session.SessionId), cancellationToken: token),
            [nameof(ISessionManager.CreateSessionAsync)] = (session, token) => session.CreateSessionAsync(token),
            ["CreateSessionAsync with metadata"] = (session, token) => session.CreateSessionAsync(SomeFields, token),
            [nameof(ISessionManager.SessionExistsAsync)] = (session, token) => session.SessionExistsAsync(token),
            [nameof(ISessionManager.DeleteSessionAsync)] = (session, token) => session.DeleteSessionAsync(token),
            [nameof(ISessionManager.ListGuardrailEventsAsync)] = (session, token) => session.ListGuardrailEventsAsync(token),
            [nameof(ISessionManager.GetUsageAsync)] = (session, token) => session.GetUsageAsync(token),
            [nameof(ISessionManager.UpdateMetadataAsync)] = (session, token) => session.UpdateMetadataAsync(SomeFields, token),
            [nameof(ISessionManager.GetMetadataAsync)] = (session, token) => session.GetMetadataAsync(["a"], token),
            ["GetMetadataAsync of a type"] = (session, token) => session.GetMetadataAsync<Dictionary<string, object>>(null, token),
            [nameof(ISessionManager.DeleteMetadataAsync)] = (session, token) => session.DeleteMetadataAsync(["a"], token),
            [nameof(ISessionManager.IncrementMetadataAsync)] = (session, token) => session.IncrementMetadataAsync("visits.all", 1, token),
            [nameof(ISessionManager.AddFeedbackAsync)] = (session, token) => session.AddFeedbackAsync(new Feedback { Rating = FeedbackRating.Up }, token),
            ["AddFeedbackAsync on a message"] = (session, token) => session.AddFeedbackAsync(new Feedback { AgentId = "support", Position = 0 }, token),
            [nameof(ISessionManager.DeleteFeedbackAsync)] = (session, token) => session.DeleteFeedbackAsync("id", token),
            [nameof(ISessionManager.ListFeedbacksAsync)] = (session, token) => session.ListFeedbacksAsync(new FeedbackQuery(), token),
            [nameof(ISessionManager.GetFeedbacksAsync)] = (session, token) => session.GetFeedbacksAsync(token),
        };

    /// <summary>
    /// Gets the calls of a storage that take no agent.
    /// </summary>
    public static IReadOnlyDictionary<string, Func<SessionStorage, string, CancellationToken, Task>> OfStorage { get; } =
        new Dictionary<string, Func<SessionStorage, string, CancellationToken, Task>>
        {
            [nameof(SessionStorage.GetSessionAsync)] = (storage, sessionId, token) => storage.GetSessionAsync(sessionId, token),
            [nameof(SessionStorage.SetTitleAsync)] = (storage, sessionId, token) => storage.SetTitleAsync(sessionId, "A title", null, token),
            [nameof(SessionStorage.ListAgentsAsync)] = (storage, sessionId, token) => storage.ListAgentsAsync(sessionId, token),
            [nameof(SessionStorage.ForkSessionAsync)] =
                (storage, sessionId, token) => storage.ForkSessionAsync(sessionId, ToForkId(sessionId), null, new Dictionary<string, int>(), token),
            [nameof(SessionStorage.CreateSessionAsync)] = (storage, sessionId, token) => storage.CreateSessionAsync(sessionId, null, SomeFields, true, token),
            [nameof(SessionStorage.DeleteSessionAsync)] = (storage, sessionId, token) => storage.DeleteSessionAsync(sessionId, token),
            [nameof(SessionStorage.ListGuardrailEventsAsync)] = (storage, sessionId, token) => storage.ListGuardrailEventsAsync(sessionId, token),
            [nameof(SessionStorage.GetUsageAsync)] = (storage, sessionId, token) => storage.GetUsageAsync(sessionId, token),
            [nameof(SessionStorage.UpdateMetadataAsync)] = (storage, sessionId, token) => storage.UpdateMetadataAsync(sessionId, SomeFields, token),
            [nameof(SessionStorage.GetMetadataAsync)] = (storage, sessionId, token) => storage.GetMetadataAsync(sessionId, null, token),
            [nameof(SessionStorage.DeleteMetadataAsync)] = (storage, sessionId, token) => storage.DeleteMetadataAsync(sessionId, ["a"], token),
            [nameof(SessionStorage.IncrementMetadataAsync)] = (storage, sessionId, token) => storage.IncrementMetadataAsync(sessionId, "visits.all", 1, token),
            [nameof(SessionStorage.AddFeedbackAsync)] = (storage, sessionId, token) => storage.AddFeedbackAsync(sessionId, new Feedback(), null, token),
            [nameof(SessionStorage.DeleteFeedbackAsync)] = (storage, sessionId, token) => storage.DeleteFeedbackAsync(sessionId, "id", token),
            [nameof(SessionStorage.ListFeedbacksAsync)] = (storage, sessionId, token) => storage.ListFeedbacksAsync(sessionId, new FeedbackQuery(), token),
            [nameof(SessionStorage.GetFeedbacksAsync)] = (storage, sessionId, token) => storage.GetFeedbacksAsync(sessionId, token),
        };

    /// <summary>
    /// Gets the calls of a storage that are about all sessions, for administrators.
    /// </summary>
    public static IReadOnlyDictionary<string, Func<SessionStorage, CancellationToken, Task>> OfAllSessions { get; } =
        new Dictionary<string, Func<SessionStorage, CancellationToken, Task>>
        {
            [nameof(SessionCatalog.ListSessionsAsync)] = (storage, token) => storage.Catalog!.ListSessionsAsync(new SessionQuery(), token),
            [nameof(SessionCatalog.EraseAsync)] = (storage, token) => storage.Catalog!.EraseAsync(new SessionOwner { User = "erased" }, token),
            [nameof(SessionCatalog.SetHoldAsync)] = (storage, token) => storage.Catalog!.SetHoldAsync(new SessionOwner { User = "held" }, "case 7", token),
            [nameof(SessionCatalog.RemoveHoldAsync)] = (storage, token) => storage.Catalog!.RemoveHoldAsync(new SessionOwner { User = "held" }, token),
            ["SetHoldAsync of a session"] = (storage, token) => storage.Catalog!.SetHoldAsync(new SessionKey(SessionOwner.None, "held"), "case 7", token),
            ["RemoveHoldAsync of a session"] = (storage, token) => storage.Catalog!.RemoveHoldAsync(new SessionKey(SessionOwner.None, "held"), token),
            [nameof(SessionCatalog.AssignAsync)] = (storage, token) =>
                storage.Catalog!.AssignAsync(new SessionKey(SessionOwner.None, "assigned"), new SessionOwner { User = "assignee" }, token),
            [nameof(SessionCatalog.GetErasureAsync)] = (storage, token) => storage.Catalog!.GetErasureAsync($"{Guid.NewGuid():N}", token),
            [$"{nameof(SessionCatalog.ExportAsync)} of one session"] = (storage, token) => storage.Catalog!.ExportAsync(new SessionKey(SessionOwner.None, "session-1"), new MemoryStream(), token),
            [$"{nameof(SessionCatalog.ExportAsync)} of many"] = (storage, token) => storage.Catalog!.ExportAsync(new SessionQuery(), new MemoryStream(), token),
            [nameof(SessionCatalog.ImportAsync)] = (storage, token) => storage.Catalog!.ImportAsync(new MemoryStream([(byte)'{']), token),
        };

    /// <summary>
    /// Gets the calls of a storage that are about the place, and no session.
    /// </summary>
    public static IReadOnlyDictionary<string, Func<SessionStorage, CancellationToken, Task>> OfPlace { get; } =
        new Dictionary<string, Func<SessionStorage, CancellationToken, Task>>
        {
            [nameof(SessionStorage.PrepareAsync)] = (storage, token) => storage.PrepareAsync(token),
            [nameof(SessionStorage.SweepAsync)] = (storage, token) => storage.SweepAsync(token),
            [nameof(SessionStorage.PingAsync)] = (storage, token) => storage.PingAsync(token),
        };

    /// <summary>
    /// Gets the calls of a storage that take an agent or its id.
    /// </summary>
    public static IReadOnlyDictionary<string, Func<SessionStorage, string, string, CancellationToken, Task>> OfStorageWithAgent { get; } =
        new Dictionary<string, Func<SessionStorage, string, string, CancellationToken, Task>>
        {
            [nameof(SessionStorage.GetOrAddAgentAsync)] = (storage, sessionId, agentId, token) =>
                storage.GetOrAddAgentAsync(sessionId, new StoredAgent { AgentId = agentId }, [Agents.User()], null, null, null, mustExist: false, token),
            [nameof(SessionStorage.GetAgentAsync)] = (storage, sessionId, agentId, token) => storage.GetAgentAsync(sessionId, agentId, token),
            [nameof(SessionStorage.UpdateAgentAsync)] = (storage, sessionId, agentId, token) =>
                storage.UpdateAgentAsync(sessionId, new StoredAgent { AgentId = agentId, Model = "other" }, null, token),
            [nameof(SessionStorage.GetAgentConfigAsync)] = (storage, sessionId, agentId, token) => storage.GetAgentConfigAsync(sessionId, agentId, token),
            ["AddFeedbackAsync on a message"] = (storage, sessionId, agentId, token) =>
                storage.AddFeedbackAsync(sessionId, new Feedback { AgentId = agentId, Position = 0 }, null, token),
            [nameof(SessionStorage.FindBranchAsync)] = (storage, sessionId, agentId, token) => storage.FindBranchAsync(sessionId, agentId, null, token),
            [nameof(SessionStorage.ListBranchesAsync)] = (storage, sessionId, agentId, token) => storage.ListBranchesAsync(sessionId, agentId, 0, null, 1, token),
            [nameof(SessionStorage.TryRenewRunAsync)] = (storage, sessionId, agentId, token) => storage.TryRenewRunAsync(sessionId, agentId, SomeRun, token),
            [nameof(SessionStorage.TryStopRunAsync)] = (storage, sessionId, agentId, token) => storage.TryStopRunAsync(sessionId, agentId, token),
        };

    /// <summary>
    /// Gets the calls of a storage that take a branch of an agent.
    /// </summary>
    public static IReadOnlyDictionary<string, Func<SessionStorage, string, AgentBranch, CancellationToken, Task>> OfStorageWithBranch { get; } =
        new Dictionary<string, Func<SessionStorage, string, AgentBranch, CancellationToken, Task>>
        {
            [nameof(SessionStorage.DeleteBranchAsync)] = (storage, sessionId, branch, token) => storage.DeleteBranchAsync(sessionId, branch, token),
            [nameof(SessionStorage.AddFirstMessagesAsync)] = (storage, sessionId, branch, token) =>
                storage.AddFirstMessagesAsync(sessionId, branch, [Agents.User()], token),
            [nameof(SessionStorage.AppendMessageAsync)] = (storage, sessionId, branch, token) =>
                storage.AppendMessageAsync(sessionId, branch, Agents.User(), 0, null, token),
            [nameof(SessionStorage.AppendMessagesAsync)] = (storage, sessionId, branch, token) =>
                storage.AppendMessagesAsync(sessionId, branch, [Agents.User(), Agents.Assistant()], null, null, onlyThere: false, token),
            ["AppendMessageAsync without an id"] = (storage, sessionId, branch, token) =>
                storage.AppendMessageAsync(sessionId, branch, Agents.User(), null, null, token),
            [nameof(SessionStorage.SetEventLoopMetricsAsync)] = (storage, sessionId, branch, token) =>
                storage.SetEventLoopMetricsAsync(sessionId, branch, 0, new EventLoopMetrics(), token),
            [nameof(SessionStorage.ListMessagesAsync)] = (storage, sessionId, branch, token) =>
                storage.ListMessagesAsync(sessionId, branch, new MessageQuery(), token),
            [nameof(SessionStorage.StreamMessagesAsync)] = (storage, sessionId, branch, token) =>
                storage.StreamMessagesAsync(sessionId, branch, new MessageQuery(), token).CountAsync(CancellationToken.None).AsTask(),
            [nameof(SessionStorage.TryClaimRequestAsync)] = (storage, sessionId, branch, token) =>
                storage.TryClaimRequestAsync(sessionId, branch, 0, "request", token),
            [nameof(SessionStorage.TryReplaceDamagedMessageAsync)] = (storage, sessionId, branch, token) =>
                storage.TryReplaceDamagedMessageAsync(sessionId, branch, 0, token),
            [nameof(SessionStorage.TryReplaceLastMessageAsync)] = (storage, sessionId, branch, token) =>
                storage.TryReplaceLastMessageAsync(sessionId, branch, 0, Agents.User(), token),
            [nameof(SessionStorage.ListMessageIdentitiesAsync)] = (storage, sessionId, branch, token) =>
                storage.ListMessageIdentitiesAsync(sessionId, branch, 1, token),
            [nameof(SessionStorage.GetMessageCountAsync)] = (storage, sessionId, branch, token) => storage.GetMessageCountAsync(sessionId, branch, token),
            [nameof(SessionStorage.RedactMessageAsync)] = (storage, sessionId, branch, token) =>
                storage.RedactMessageAsync(sessionId, branch, null, Agents.Assistant(), new RedactionDetails(), token),
            ["AddFeedbackAsync on a message of a branch"] = (storage, sessionId, branch, token) =>
                storage.AddFeedbackAsync(sessionId, new Feedback { AgentId = branch.AgentId, Position = 0 }, branch, token),
            [nameof(SessionStorage.TryChangeHistoryAsync)] = (storage, sessionId, branch, token) =>
                storage.TryChangeHistoryAsync(sessionId, ToEmptyHistory(branch), token),
        };

    private static RunRequest SomeRun => new("token", "owner", TimeSpan.FromSeconds(1));

    private static Dictionary<string, object?> SomeFields => new() { ["a"] = 1, ["b.c"] = "x" };

    private static HistoryChange ToEmptyHistory(AgentBranch branch) => new()
    {
        Expected = new StoredHistory { Branch = branch, NextBranch = branch.Number + 1, FirstBranch = branch.Number },
        Base = [],
        Run = SomeRun,
        IsReleased = true,
    };

    private static async Task StartAndEndRunAsync(ISessionManager session, string agentId, CancellationToken cancellationToken)
    {
        await using var run = await session.StartRunAsync(new BareAgent(agentId), cancellationToken: cancellationToken);
    }

    /// <summary>
    /// Gets the id of the session that is made as a copy.
    /// </summary>
    public static string ToForkId(string sessionId) => $"{sessionId}-copy";

    private static async Task SwitchBranchAsync(ISessionManager session, string agentId, CancellationToken cancellationToken)
    {
        try
        {
            await session.SwitchBranchAsync(agentId, 0, cancellationToken: cancellationToken);
        }
        catch (ArgumentException e) when (e.ParamName == "branch")
        {
            // To one that there is.
            var branches = await session.ListBranchesAsync(agentId, cancellationToken: cancellationToken);
            await session.SwitchBranchAsync(agentId, branches[0].Branch.Number, cancellationToken: cancellationToken);
        }
    }

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
