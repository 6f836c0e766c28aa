using Microsoft.Extensions.AI;
using MongoDB.Bson;
using SessionManager.Internal.Storage.Documents;
using SessionManager.Internal.Storage.Documents.Values;

namespace SessionManager.Internal.Storage.InMemory;

internal sealed partial class InMemorySessionStorage
{
    /// <inheritdoc/>
    protected override async Task<SessionUsage> GetUsageCoreAsync(string sessionId, CancellationToken cancellationToken)
    {
        using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
        return SessionUsage.Sum((Find(sessionId)?.Messages ?? [])
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
        CancellationToken cancellationToken)
    {
        // Only what will be stored has to be storable.
        var existing = await GetAgentAsync(sessionId, agent.AgentId, cancellationToken).ConfigureAwait(false);
        if (existing is not null)
        {
            return await LoadAsync(sessionId, existing, maxMessages, cancellationToken).ConfigureAwait(false);
        }

        var now = Now();
        var document = Copy(AgentDocument.ToBson(agent, now));
        var first = CreateAll(sessionId, agent.AgentId, messages, metrics: null);
        using (await EnterAsync(cancellationToken).ConfigureAwait(false))
        {
            // Another call may have added it while this one encoded.
            existing = FindAgent(sessionId, agent.AgentId);
            if (existing is null)
            {
                var session = GetOrAdd(sessionId);
                if (session.Document is null)
                {
                    session.Document = SessionDocument.Create(sessionId, applicationName, now, agent.AgentId, document);
                }
                else
                {
                    Apply(SessionDocument.ToAddAgent(agent.AgentId, document, now), session.Document);
                }

                return new StoredAgentAddition { ExistingAgent = null, HasGivenMessages = TryAddFirst(session, agent.AgentId, first) };
            }
        }

        return await LoadAsync(sessionId, existing, maxMessages, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override async Task<StoredAgent?> GetAgentCoreAsync(string sessionId, string agentId, CancellationToken cancellationToken)
    {
        using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
        return FindAgent(sessionId, agentId);
    }

    /// <inheritdoc/>
    protected override async Task UpdateAgentCoreAsync(string sessionId, StoredAgent update, CancellationToken cancellationToken)
    {
        var changes = Copy(SessionDocument.ToUpdateAgent(update, Now()));
        using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
        var session = Get(sessionId);
        if (FindAgent(sessionId, update.AgentId) is null)
        {
            throw new AgentNotFoundException(sessionId, update.AgentId);
        }

        Apply(changes, session.Document!);
        Extend(session);
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

    private async Task<StoredAgentAddition> LoadAsync(string sessionId, StoredAgent agent, int? maxMessages, CancellationToken cancellationToken)
    {
        var query = new MessageQuery { FromPosition = agent.RemovedMessageCount, Limit = maxMessages, NewestFirst = true };
        var latest = await ListMessagesAsync(sessionId, agent.AgentId, query, cancellationToken).ConfigureAwait(false);
        return new StoredAgentAddition { ExistingAgent = agent, HasGivenMessages = false, Messages = [.. latest.Reverse()] };
    }

    /// <summary>
    /// Makes the changes of an update that was meant for the server.
    /// </summary>
    private static void Apply(BsonDocument update, BsonDocument document)
    {
        foreach (var field in update["$set"].AsBsonDocument)
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
            return (path[..^1].Aggregate(document, static (parent, name) => parent[name].AsBsonDocument), path[^1]);
        }
    }
}
