using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace SessionManager.Conformance.Toy;

public sealed partial class ToyStorage
{
    protected override async Task<StoredAgentAddition> GetOrAddAgentCoreAsync(
        string sessionId,
        StoredAgent agent,
        IReadOnlyList<ChatMessage> messages,
        string? applicationName,
        int? maxMessages,
        RunRequest? run,
        bool mustExist,
        CancellationToken cancellationToken)
    {
        using var scope = Enter(cancellationToken);
        if (FindAgent(sessionId, agent.AgentId) is { History: { } history } existing)
        {
            // All in one go, so that nothing comes between the run and the messages.
            var begun = run is null || history.Run is { IsReleased: false } other && other.Token != run.Token ? history : history with { Run = Begin(run) };
            SetHistory(sessionId, begun);
            var latest = new MessageQuery { FromPosition = existing.RemovedMessageCount, Limit = maxMessages, NewestFirst = true };
            return new StoredAgentAddition
            {
                ExistingAgent = Copy(existing with { History = begun }),
                HasGivenMessages = false,
                History = begun,
                Messages = [.. List(sessionId, begun.Branch, latest).Reverse()],
            };
        }

        // What cannot be stored throws here, before anything has changed.
        var added = Copy(agent with { State = agent.State ?? [], ConversationManagerState = agent.ConversationManagerState ?? [] });
        var first = Create(sessionId, new AgentBranch(agent.AgentId, 0), messages, metrics: null);
        var session = Find(sessionId) is { Info: not null } found ? found
            : mustExist ? throw new SessionNotFoundException(sessionId) : Create(sessionId, applicationName);
        var branch = new AgentBranch(agent.AgentId, session.NextBranch++);
        var addedHistory = new StoredHistory { Branch = branch, NextBranch = session.NextBranch, FirstBranch = session.FirstBranch, Run = run is null ? null : Begin(run) };
        session.Agents.Add(added with { History = addedHistory, Shown = Rounded(added.Shown) });
        Touch(sessionId);
        var isFirst = TryAddFirst(sessionId, branch, [.. first.Select(message => message with { Branch = branch.Number })]);
        return new StoredAgentAddition { ExistingAgent = null, HasGivenMessages = isFirst, History = addedHistory };
    }

    protected override Task<StoredAgent?> GetAgentCoreAsync(string sessionId, string agentId, CancellationToken cancellationToken) =>
        RunAsync(() => FindAgent(sessionId, agentId) is { } agent ? Copy(agent) : null, cancellationToken);

    protected override async Task<bool> UpdateAgentCoreAsync(string sessionId, StoredAgent update, HistoryFence? fence, CancellationToken cancellationToken)
    {
        using var scope = Enter(cancellationToken);
        var session = Get(sessionId);
        var index = session.Agents.FindIndex(agent => agent.AgentId == update.AgentId);
        var stored = index < 0 ? throw new AgentNotFoundException(sessionId, update.AgentId) : session.Agents[index];
        var history = stored.History!;
        if ((fence?.RunToken is { } token && history.Run?.Token != token) || (fence?.Branch is { } branch && history.Branch.Number != branch))
        {
            return false;
        }

        var given = Copy(update);
        session.Agents[index] = stored with
        {
            State = Merge(stored.State, given),
            ConversationManagerState = given.ConversationManagerState ?? stored.ConversationManagerState,
            Model = given.Model ?? stored.Model,
            SystemPrompt = given.SystemPrompt ?? stored.SystemPrompt,
            PromptMetadata = given.PromptMetadata ?? stored.PromptMetadata,
            CapturedConfig = given.CapturedConfig ?? stored.CapturedConfig,
            Shown = Rounded(ShownHistory.Merge(stored.Shown, given.Shown)),
            History = End(history, fence) with { Redaction = given.Redaction ?? history.Redaction },
        };
        ClearGeneratedTitle(session, given.ClearsGeneratedTitle);
        Touch(sessionId);
        return true;
    }

    private static ShownHistory? Rounded(ShownHistory? shown) => shown?.LastMessageAt is { } time
        ? shown with { LastMessageAt = DateTimeOffset.FromUnixTimeMilliseconds(time.ToUnixTimeMilliseconds()) }
        : shown;

    private static JsonObject? Merge(JsonObject? stored, StoredAgent update)
    {
        if (stored is null || update is not { State: { } state, ChangedStateKeys: { } keys })
        {
            return update.State ?? stored;
        }

        foreach (var key in keys)
        {
            stored.Remove(key);
            if (state.TryGetPropertyValue(key, out var value))
            {
                stored[key] = value?.DeepClone();
            }
        }

        return stored;
    }

    protected override Task<AgentConfig?> GetAgentConfigCoreAsync(string sessionId, string agentId, CancellationToken cancellationToken) =>
        RunAsync(() => FindAgent(sessionId, agentId) is { } agent ? ToConfig(agent) : null, cancellationToken);

    protected override Task<IReadOnlyList<AgentConfig>> ListAgentsCoreAsync(string sessionId, CancellationToken cancellationToken) =>
        RunAsync<IReadOnlyList<AgentConfig>>(() => [.. (Find(sessionId)?.Agents ?? []).Select(ToConfig)], cancellationToken);

    private static AgentConfig ToConfig(StoredAgent agent) =>
        new() { AgentId = agent.AgentId, Model = agent.Model, SystemPrompt = agent.SystemPrompt, PromptMetadata = Copy(agent).PromptMetadata };

    // On the way in and on the way out, so that neither side sees what the other changes afterwards.
    private static StoredAgent Copy(StoredAgent agent) => agent with
    {
        State = Copy(agent.State),
        ConversationManagerState = Copy(agent.ConversationManagerState),
        PromptMetadata = agent.PromptMetadata is null ? null : MetadataValue.Normalize(agent.PromptMetadata, nameof(agent.PromptMetadata)),
    };

    private static JsonObject? Copy(JsonObject? state) => state is null ? null : JsonNode.Parse(state.ToJsonString())!.AsObject();

    private StoredAgent? FindAgent(string sessionId, string agentId) =>
        Find(sessionId)?.Agents.Find(agent => agent.AgentId == agentId) is { } agent ? agent with { History = GetHistory(sessionId, agent) } : null;

    // The numbers are the session's, whichever agent has taken the last one.
    private StoredHistory GetHistory(string sessionId, StoredAgent agent) =>
        agent.History! with { HasTitle = Get(sessionId).Info!.Title is not null, NextBranch = Get(sessionId).NextBranch, FirstBranch = Get(sessionId).FirstBranch };
}
