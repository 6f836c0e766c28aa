using Microsoft.Extensions.AI;
using MongoDB.Bson;
using MongoDB.Driver;
using SessionManager.Internal.Diagnostics;
using SessionManager.Internal.Storage.Documents;
using SessionManager.Internal.Storage.Mongo.Updating;

namespace SessionManager.Internal.Storage.Mongo;

internal sealed partial class MongoSessionStorage
{
    // Most histories fit, and what is read in vain of one that is mostly left out stays small.
    private const int LatestMessageCount = 256;

    /// <inheritdoc/>
    protected override Task<SessionUsage> GetUsageCoreAsync(string sessionId, CancellationToken cancellationToken)
    {
        return _messages.GetUsageAsync(sessionId, cancellationToken);
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
        using var room = await _messages.EnterAsync(messages.Count, cancellationToken).ConfigureAwait(false);
        MessageDocument[]? documents = null;
        Task<bool>? addMessages = null;
        while (true)
        {
            var (session, latest) = await LoadAsync(sessionId, agent.AgentId, maxMessages ?? int.MaxValue, cancellationToken).ConfigureAwait(false);
            if (FindAgent(session, sessionId, agent.AgentId) is { } existing)
            {
                _ = addMessages is null || await addMessages.ConfigureAwait(false);
                var history = await CompleteAsync(sessionId, existing, latest, maxMessages ?? int.MaxValue, cancellationToken).ConfigureAwait(false);
                return new StoredAgentAddition { ExistingAgent = existing, HasGivenMessages = false, Messages = history };
            }

            // Both are encoded before either is sent, so that what cannot be stored leaves nothing behind. Whose messages
            // come first is settled among themselves, so they need not wait for the agent; an agent whose addition fails
            // finds them at the next try.
            var now = Now();
            var document = AgentDocument.ToBson(agent, now);
            if (documents is null)
            {
                documents = _messages.CreateDocuments(sessionId, agent.AgentId, messages);
                room?.Take(documents.Sum(static message => (long)message.Size));
            }

            if (session is null)
            {
                await DeleteLeftoversAsync(sessionId, cancellationToken).ConfigureAwait(false);
            }

            // Once, however often another writer gets in before.
            addMessages ??= _messages.AddFirstAsync(documents, cancellationToken);
            var addAgent = session is null
                ? TryInsertAsync(SessionDocument.Create(sessionId, applicationName, now, agent.AgentId, document), cancellationToken)
                : TryUpdateAsync(
                    new SessionUpdate(
                        sessionId,
                        SessionDocument.ToFilter(sessionId, agent.AgentId, hasAgent: false),
                        SessionDocument.ToAddAgent(agent.AgentId, document, now)) { IsConditional = true },
                    cancellationToken);
            // Where the session or the agent is there meanwhile, the loop finds it.
            try
            {
                await Task.WhenAll(addAgent, addMessages).ConfigureAwait(false);
            }
            catch (MongoException e) when (HasCode(e, PathNotViable))
            {
                throw new DamagedSessionException(sessionId, agent.AgentId, Fields.Agents);
            }

            if (await addAgent.ConfigureAwait(false))
            {
                return new StoredAgentAddition { ExistingAgent = null, HasGivenMessages = await addMessages.ConfigureAwait(false) };
            }
        }
    }

    /// <inheritdoc/>
    protected override async Task<StoredAgent?> GetAgentCoreAsync(string sessionId, string agentId, CancellationToken cancellationToken)
    {
        var session = await FindAsync(sessionId, SessionDocument.ToAgentProjection(agentId), cancellationToken).ConfigureAwait(false);
        return FindAgent(session, sessionId, agentId);
    }

    /// <inheritdoc/>
    protected override async Task UpdateAgentCoreAsync(string sessionId, StoredAgent update, CancellationToken cancellationToken)
    {
        var isUpdated = await TryUpdateAgentAsync(sessionId, update, cancellationToken).ConfigureAwait(false)
            // Or the stored state is null, or whatever another writer has left there, and has no keys.
            || (AgentDocument.IsByKey(update)
                && await TryUpdateAgentAsync(sessionId, update with { ChangedStateKeys = null }, cancellationToken).ConfigureAwait(false));
        if (!isUpdated)
        {
            throw await ExistsAsync(sessionId, cancellationToken).ConfigureAwait(false)
                ? new AgentNotFoundException(sessionId, update.AgentId)
                : new SessionNotFoundException(sessionId);
        }
    }

    /// <inheritdoc/>
    protected override async Task<AgentConfig?> GetAgentConfigCoreAsync(string sessionId, string agentId, CancellationToken cancellationToken)
    {
        var session = await FindAsync(sessionId, SessionDocument.ToConfigProjection(agentId), cancellationToken).ConfigureAwait(false);
        await ThrowIfUnsupportedAsync(sessionId, session, cancellationToken).ConfigureAwait(false);
        DamagedFields damaged = default;
        var config = AgentDocument.FindConfig(session, agentId, ref damaged);
        Report(damaged, sessionId, agentId);
        return config;
    }

    /// <inheritdoc/>
    protected override async Task<IReadOnlyList<AgentConfig>> ListAgentsCoreAsync(string sessionId, CancellationToken cancellationToken)
    {
        var session = await FindAsync(sessionId, SessionDocument.ConfigsProjection, cancellationToken).ConfigureAwait(false);
        return session is null ? [] : SessionDocument.ToConfigs(session, sessionId);
    }

    private Task<bool> TryUpdateAgentAsync(string sessionId, StoredAgent update, CancellationToken cancellationToken) =>
        TryUpdateAsync(new(sessionId, SessionDocument.ToUpdateAgentFilter(sessionId, update), SessionDocument.ToUpdateAgent(update, Now())), cancellationToken);

    private StoredAgent? FindAgent(BsonDocument? session, string sessionId, string agentId)
    {
        DamagedFields damaged = default;
        var agent = AgentDocument.Find(session, agentId, ref damaged);
        Report(damaged, sessionId, agentId);
        return agent;
    }

    private void Report(DamagedFields damaged, string sessionId, string agentId)
    {
        if (damaged.Any)
        {
            _logger.AgentFieldsIgnored(sessionId, agentId, damaged.ToString());
        }
    }

    /// <summary>
    /// Loads a session with one of its agents and the agent's latest messages, newest first, in one round trip. Extends the
    /// session's life where that is due.
    /// </summary>
    private async Task<(BsonDocument? Session, List<SessionMessage> Latest)> LoadAsync(
        string sessionId,
        string agentId,
        int maxMessages,
        CancellationToken cancellationToken)
    {
        var projection = SessionDocument.ToLoadProjection(agentId);
        var query = new MessageQuery { Limit = Math.Min(maxMessages, LatestMessageCount), NewestFirst = true };
        while (true)
        {
            // Side by side: neither needs what the other finds.
            var list = _messages.ListAsync(sessionId, agentId, query, cancellationToken);
            var find = FindAsync(sessionId, projection, cancellationToken);
            await Task.WhenAll(list, find).ConfigureAwait(false);
            var session = await find.ConfigureAwait(false);
            await ThrowIfUnsupportedAsync(sessionId, session, cancellationToken).ConfigureAwait(false);
            // A session that ends in this moment is read again, and is no longer there.
            if (session is null || await TryKeepAsync(sessionId, session, cancellationToken).ConfigureAwait(false))
            {
                return (session, await list.ConfigureAwait(false));
            }
        }
    }

    /// <summary>
    /// Gets the history of an agent, oldest first, of which the latest messages are loaded, newest first.
    /// </summary>
    private async Task<IReadOnlyList<SessionMessage>> CompleteAsync(
        string sessionId,
        StoredAgent agent,
        List<SessionMessage> latest,
        int maxMessages,
        CancellationToken cancellationToken)
    {
        var first = agent.RemovedMessageCount;
        if (first > 0 && (latest is [] || latest[0].Position < first - 1))
        {
            // The agent was read later than its messages: meanwhile some came that are left out already.
            var query = new MessageQuery { FromPosition = first, Limit = maxMessages, NewestFirst = true };
            latest = await _messages.ListAsync(sessionId, agent.AgentId, query, cancellationToken).ConfigureAwait(false);
        }

        latest.Reverse();
        latest.RemoveRange(0, latest.FindIndex(message => message.Position >= first) is var kept and >= 0 ? kept : latest.Count);
        if (latest is not [{ Position: var reached }, ..] || reached <= first || latest.Count >= maxMessages)
        {
            return latest;
        }

        var earlier = await _messages
            .ListAsync(
                sessionId,
                agent.AgentId,
                new MessageQuery { FromPosition = Math.Max(first, reached - Math.Min(maxMessages - latest.Count, reached)), BeforePosition = reached },
                cancellationToken)
            .ConfigureAwait(false);
        return [.. earlier, .. latest];
    }

    /// <summary>
    /// Extends the life of a session, unless another write of the same span has done so. False when it has just ended.
    /// </summary>
    private async Task<bool> TryKeepAsync(string sessionId, BsonDocument session, CancellationToken cancellationToken)
    {
        if (_lifetime is null)
        {
            return true;
        }

        var now = _timeProvider.GetUtcNow().UtcDateTime;
        if (session.GetValue(Fields.ExpiresAt, BsonNull.Value).CompareTo(new BsonDateTime(_lifetime.GetSessionExpiry(sessionId, now))) < 0)
        {
            return await TryExtendAsync(new(sessionId, SessionDocument.ToFilter(sessionId), []), cancellationToken).ConfigureAwait(false);
        }

        NoteKept(sessionId, now);
        return true;
    }
}
