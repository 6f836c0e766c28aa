using Microsoft.Extensions.AI;
using MongoDB.Bson;
using SessionManager.Internal.Storage.Documents;
using SessionManager.Internal.Storage.Documents.Values;

namespace SessionManager.Internal.Storage.InMemory;

internal sealed partial class InMemorySessionStorage
{
    // As many as a database is asked for.
    private const int LatestMessageCount = 256;

    /// <inheritdoc/>
    protected override async Task<SessionUsage> GetUsageCoreAsync(string sessionId, CancellationToken cancellationToken)
    {
        using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
        return SessionUsage.Sum(GetMessages(sessionId)
            .Select(static message => (message.AgentId, Metrics: message.ReadMetrics()!))
            .Where(static turn => turn.Metrics is not null)
            .Select(static turn => new AgentUsage { AgentId = turn.AgentId, Model = turn.Metrics.Model, TurnCount = 1, Metrics = turn.Metrics }));
    }

    /// <inheritdoc/>
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
        // Side by side, as a database does both.
        var list = ListLatestAsync(sessionId, agent.AgentId, maxMessages, cancellationToken);
        var find = GetAgentAsync(sessionId, agent.AgentId, run, cancellationToken);
        await Task.WhenAll(list, find).ConfigureAwait(false);
        var existing = await find.ConfigureAwait(false);
        if (existing is null)
        {
            // Only what will be stored has to be storable.
            var added = await TryAddAsync(sessionId, agent, messages, applicationName, run, mustExist, cancellationToken).ConfigureAwait(false);
            if (added is not null)
            {
                return added;
            }

            // Another call has added it while this one encoded.
            return await GetOrAddAgentCoreAsync(sessionId, agent, messages, applicationName, maxMessages, run, mustExist, cancellationToken).ConfigureAwait(false);
        }

        var branch = existing.History!.Branch;
        var latest = await list.ConfigureAwait(false);
        return new StoredAgentAddition
        {
            ExistingAgent = existing,
            HasGivenMessages = false,
            History = existing.History,
            Messages =
            [
                .. latest.Where(message => message.Branch.Number == branch.GetBranchAt(message.Position)).Reverse().Select(message => message.ToSessionMessage(codec)),
            ],
        };
    }

    /// <inheritdoc/>
    protected override async Task<StoredAgent?> GetAgentCoreAsync(string sessionId, string agentId, CancellationToken cancellationToken)
    {
        return await GetAgentAsync(sessionId, agentId, run: null, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override async Task<bool> UpdateAgentCoreAsync(string sessionId, StoredAgent update, HistoryFence? fence, CancellationToken cancellationToken)
    {
        var changes = Copy(SessionDocument.ToUpdateAgent(update, fence, Now()));
        using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
        var session = Get(sessionId);
        if (FindAgent(sessionId, update.AgentId) is not { History: { } history })
        {
            throw new AgentNotFoundException(sessionId, update.AgentId);
        }

        if ((fence?.RunToken is { } token && history.Run?.Token != token) || (fence?.Branch is { } branch && history.Branch.Number != branch))
        {
            return false;
        }

        Apply(changes, session.Document!);
        Extend(session);
        return true;
    }

    /// <inheritdoc/>
    protected override async Task<AgentConfig?> GetAgentConfigCoreAsync(string sessionId, string agentId, CancellationToken cancellationToken)
    {
        using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
        return FindAgent(sessionId, agentId) is { } agent ? ToConfig(agent) : null;
    }

    /// <inheritdoc/>
    protected override async Task<IReadOnlyList<AgentConfig>> ListAgentsCoreAsync(string sessionId, CancellationToken cancellationToken)
    {
        using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
        return Find(sessionId)?.Document?[Fields.Agents] is BsonDocument agents
            ? [.. agents.Select(agent => ToConfig(FindAgent(sessionId, BsonKeys.Decode(agent.Name))!))]
            : [];
    }

    // Nobody else writes these documents, so nothing in them is damaged.
    private StoredAgent? FindAgent(string sessionId, string agentId)
    {
        DamagedFields damaged = default;
        return AgentDocument.Find(Find(sessionId)?.Document, agentId, ref damaged);
    }

    private static AgentConfig ToConfig(StoredAgent agent) => new()
    {
        AgentId = agent.AgentId,
        Model = agent.Model,
        SystemPrompt = agent.SystemPrompt,
        PromptMetadata = agent.PromptMetadata,
    };

    private async Task<StoredAgentAddition?> TryAddAsync(
        string sessionId,
        StoredAgent agent,
        IReadOnlyList<ChatMessage> messages,
        string? applicationName,
        RunRequest? run,
        bool mustExist,
        CancellationToken cancellationToken)
    {
        var now = Now();
        var document = Copy(AgentDocument.ToBson(agent, branch: 0, now));
        var first = CreateAll(sessionId, new AgentBranch(agent.AgentId, 0), messages, metrics: null);
        using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
        if (FindAgent(sessionId, agent.AgentId) is not null)
        {
            return null;
        }

        var session = mustExist ? Get(sessionId) : GetOrAdd(sessionId);
        session.Document ??= SessionDocument.Create(sessionId, applicationName, now, GetFirstBranch(session));
        var number = HistoryDocument.ReadNext(session.Document);
        document[Fields.Branch] = number;
        Apply(SessionDocument.ToAddAgent(agent.AgentId, document, number, run, now), session.Document);
        var history = FindAgent(sessionId, agent.AgentId)!.History!;
        var isFirst = TryAddFirst(session, history.Branch, [.. first.Select(message => message with { Branch = history.Branch })]);
        return new StoredAgentAddition { ExistingAgent = null, HasGivenMessages = isFirst, History = history };
    }

    /// <summary>
    /// Gets an agent, and begins a run of it where one is asked for and none goes on.
    /// </summary>
    private async Task<StoredAgent?> GetAgentAsync(string sessionId, string agentId, RunRequest? run, CancellationToken cancellationToken)
    {
        using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
        var agent = FindAgent(sessionId, agentId);
        if (agent is null)
        {
            return null;
        }

        if (run is null || (agent.History!.Run is { IsReleased: false } other && other.Token != run.Token))
        {
            return agent;
        }

        var session = Find(sessionId)!;
        Apply(RunDocument.ToBegin(Fields.AgentPath(agentId), run), session.Document!);
        Extend(session);
        return FindAgent(sessionId, agentId);
    }

    // Decoded by the caller, outside of the gate: it lets one operation in at a time.
    private async Task<InMemoryMessage[]> ListLatestAsync(string sessionId, string agentId, int? maxMessages, CancellationToken cancellationToken)
    {
        using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
        var newest = (Find(sessionId)?.GetBranches(agentId) ?? []).SelectMany(static messages => Enumerable.Reverse(messages));
        return [.. newest.Take(Math.Min(maxMessages ?? LatestMessageCount, LatestMessageCount))];
    }

    /// <summary>
    /// Makes the changes of an update that was meant for the server.
    /// </summary>
    private void Apply(BsonDocument update, BsonDocument document)
    {
        foreach (var field in update.GetValue("$currentDate", new BsonDocument()).AsBsonDocument)
        {
            var (parent, name) = Find(field.Name);
            parent[name] = Now();
        }

        foreach (var field in update.GetValue("$max", new BsonDocument()).AsBsonDocument)
        {
            var (parent, name) = Find(field.Name);
            if (!parent.TryGetValue(name, out var stored) || stored.CompareTo(field.Value) < 0)
            {
                parent[name] = field.Value;
            }
        }

        foreach (var field in update.GetValue("$set", new BsonDocument()).AsBsonDocument)
        {
            var (parent, name) = Find(field.Name);
            parent[name] = field.Value;
        }

        foreach (var field in update.GetValue("$unset", new BsonDocument()).AsBsonDocument)
        {
            var (parent, name) = Find(field.Name);
            parent.Remove(name);
        }

        (BsonDocument Parent, string Name) Find(string field)
        {
            var path = field.Split('.');
            return (path[..^1].Aggregate(document, GetDocument), path[^1]);
        }
    }

    private static BsonDocument GetDocument(BsonDocument parent, string name)
    {
        if (parent.GetValue(name, BsonNull.Value) is not BsonDocument document)
        {
            parent[name] = document = [];
        }

        return document;
    }
}
