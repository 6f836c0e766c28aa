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
    protected override async Task<SessionUsage> GetUsageCoreAsync(string sessionId, CancellationToken cancellationToken)
    {
        return await FindFirstBranchAsync(sessionId, cancellationToken).ConfigureAwait(false) is { } first
            ? await _messages.GetUsageAsync(sessionId, first, cancellationToken).ConfigureAwait(false)
            : SessionUsage.Sum([]);
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
        using var room = await _messages.EnterAsync(messages.Count, cancellationToken).ConfigureAwait(false);
        var limit = Math.Min(maxMessages ?? LatestMessageCount, LatestMessageCount);
        for (var isFirst = true; ; isFirst = false)
        {
            var (session, latest) = await LoadAsync(sessionId, agent.AgentId, limit, run, mayBeNew: isFirst && !mustExist, cancellationToken).ConfigureAwait(false);
            if (FindAgent(session, sessionId, agent.AgentId) is { History: { } history } existing)
            {
                // What stands on other branches was read beside it.
                latest.RemoveAll(message => message.Branch != history.Branch.GetBranchAt(message.Position));
                latest.Reverse();
                return new StoredAgentAddition { ExistingAgent = existing, HasGivenMessages = false, History = history, Messages = latest };
            }

            if (mustExist && (session is null || TombstoneDocument.IsDeleted(session)))
            {
                throw new SessionNotFoundException(sessionId);
            }

            // Both are encoded before either is sent, so that what cannot be stored leaves nothing behind.
            var now = Now();
            var number = session is null
                ? HistoryDocument.GetFirstBranch(now.ToUniversalTime(), latest is [var newest, ..] ? newest.Branch : 0)
                : HistoryDocument.ReadNext(session);
            var branch = new AgentBranch(agent.AgentId, number);
            var document = AgentDocument.ToBson(agent, number, now);
            var documents = _messages.CreateDocuments(sessionId, branch, messages);
            if (isFirst)
            {
                room?.Take(documents.Sum(static message => (long)message.Size));
            }

            // The messages wait for the agent: their branch is the agent's own only when it is stored. An agent whose messages fail finds
            // them at the next try. Where the session or the agent is there meanwhile, the loop finds it.
            if (await TryAddAgentAsync(sessionId, session, applicationName, agent.AgentId, document, number, run, now, cancellationToken).ConfigureAwait(false))
            {
                return new StoredAgentAddition
                {
                    ExistingAgent = null,
                    HasGivenMessages = await _messages.AddFirstAsync(documents, cancellationToken).ConfigureAwait(false),
                    History = new StoredHistory { Branch = branch, NextBranch = number + 1, FirstBranch = session is null || TombstoneDocument.IsDeleted(session) ? number : HistoryDocument.ReadFirst(session), Run = ToBegun(run, now) },
                };
            }
        }
    }

    /// <inheritdoc/>
    protected override async Task<StoredAgent?> GetAgentCoreAsync(string sessionId, string agentId, CancellationToken cancellationToken)
    {
        var session = await FindAsync(sessionId, SessionDocument.ToAgentProjection(agentId), cancellationToken).ConfigureAwait(false);
        await ThrowIfUnsupportedAsync(sessionId, session, cancellationToken).ConfigureAwait(false);
        return FindAgent(session, sessionId, agentId);
    }

    /// <inheritdoc/>
    protected override async Task<bool> UpdateAgentCoreAsync(string sessionId, StoredAgent update, HistoryFence? fence, CancellationToken cancellationToken)
    {
        var isUpdated = await TryUpdateAgentAsync(sessionId, update, fence, cancellationToken).ConfigureAwait(false)
            // Or the stored state is null, or whatever another writer has left there, and has no keys.
            || (AgentDocument.IsByKey(update)
                && await TryUpdateAgentAsync(sessionId, update with { ChangedStateKeys = null }, fence, cancellationToken).ConfigureAwait(false));
        if (isUpdated)
        {
            return true;
        }

        if (fence is not null && await GetAgentCoreAsync(sessionId, update.AgentId, cancellationToken).ConfigureAwait(false) is not null)
        {
            return false;
        }

        throw await ExistsAsync(sessionId, cancellationToken).ConfigureAwait(false)
            ? new AgentNotFoundException(sessionId, update.AgentId)
            : new SessionNotFoundException(sessionId);
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

    private Task<bool> TryUpdateAgentAsync(string sessionId, StoredAgent update, HistoryFence? fence, CancellationToken cancellationToken)
    {
        var filter = SessionDocument.ToUpdateAgentFilter(sessionId, update, fence);
        var sent = new SessionUpdate(sessionId, filter, SessionDocument.ToUpdateAgent(update, fence, Now()))
        {
            // After the end of a run the next one may begin at once, and would hide that it was.
            Done = fence is { ReleasedEnd: not null, RunToken: { } token } ? RunDocument.ToReleasedFilter(sessionId, update.AgentId, token) : null,
        };
        return TryUpdateAsync(sent, fence?.RunToken is null ? _updater : _fencedUpdater, cancellationToken);
    }

    /// <summary>
    /// Adds an agent to a session, or creates the session with it where there is none. False where either is there meanwhile.
    /// </summary>
    private async Task<bool> TryAddAgentAsync(
        string sessionId,
        BsonDocument? session,
        string? applicationName,
        string agentId,
        BsonDocument agent,
        int branch,
        RunRequest? run,
        BsonDateTime now,
        CancellationToken cancellationToken)
    {
        if (session is not null && TombstoneDocument.IsDeleted(session))
        {
            return await TryReviveAsync(session, SessionDocument.Create(sessionId, applicationName, now, branch, agentId, agent), agentId, run, cancellationToken)
                .ConfigureAwait(false);
        }

        if (session is null)
        {
            await DeleteLeftoversAsync(sessionId, cancellationToken).ConfigureAwait(false);
            return await TryInsertAsync(SessionDocument.Create(sessionId, applicationName, now, branch, agentId, agent), agentId, run, cancellationToken).ConfigureAwait(false);
        }

        var filter = SessionDocument.ToFilter(sessionId, agentId, hasAgent: false).Add(HistoryDocument.ToNextFilter(branch));
        try
        {
            return await TryUpdateAsync(
                new SessionUpdate(sessionId, filter, SessionDocument.ToAddAgent(agentId, agent, branch, run, now)) { IsConditional = true },
                _fencedUpdater,
                cancellationToken).ConfigureAwait(false);
        }
        catch (MongoException e) when (HasCode(e, PathNotViable) && run is null)
        {
            throw new DamagedSessionException(sessionId, agentId, Fields.Agents);
        }
        catch (MongoException e) when (HasCode(e, PathNotViable))
        {
            // What stands in the place of the agent is no object. Without it, the run begins as with any agent that is there.
            await TryAddAgentAsync(sessionId, session, applicationName, agentId, agent, branch, run: null, now, cancellationToken).ConfigureAwait(false);
            return false;
        }
    }

    // As far as this process knows: the server's clock has the times.
    private static StoredRun? ToBegun(RunRequest? run, BsonDateTime now) => run is null ? null : new StoredRun
    {
        Token = run.Token,
        Owner = run.Owner,
        Since = now.ToUniversalTime(),
        RenewedAt = now.ToUniversalTime(),
        Term = run.Term,
        IsReleased = false,
    };

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
            _logger.AgentFieldsIgnored(SessionKey.Parse(sessionId).SessionId, agentId, damaged.ToString());
        }
    }

    /// <summary>
    /// Loads a session, or what stays of a deleted one, with one of its agents, and the agent's latest messages, newest first, in one round trip; begins a run along with it
    /// where one is asked for and none goes on. Extends the session's life where that is due.
    /// </summary>
    private async Task<(BsonDocument? Session, List<SessionMessage> Latest)> LoadAsync(
        string sessionId,
        string agentId,
        int limit,
        RunRequest? run,
        bool mayBeNew,
        CancellationToken cancellationToken)
    {
        var projection = SessionDocument.ToLoadProjection(agentId);
        while (true)
        {
            // Side by side: neither needs what the other finds.
            var list = _messages.ListLatestAsync(sessionId, agentId, limit, cancellationToken);
            var find = run is null
                ? FindAnyAsync(SessionDocument.ToFilter(sessionId), projection, cancellationToken)
                : TryBeginRunAsync(sessionId, agentId, run, projection, cancellationToken);
            await Task.WhenAll(list, find).ConfigureAwait(false);
            var session = await find.ConfigureAwait(false);
            var latest = await list.ConfigureAwait(false);

            // Most agents without a message are new, and their sessions with them: to create those tells.
            if (session is null && run is not null && !(mayBeNew && latest is []))
            {
                session = await FindAnyAsync(SessionDocument.ToFilter(sessionId), projection, cancellationToken).ConfigureAwait(false);
                if (session is not null && !TombstoneDocument.IsDeleted(session) && !SessionLayout.HasVersion(session, sessionId)
                    && await TryUpgradeAsync(sessionId, cancellationToken).ConfigureAwait(false))
                {
                    continue;
                }
            }

            if (session is not null && TombstoneDocument.IsDeleted(session))
            {
                return (session, latest);
            }

            await ThrowIfUnsupportedAsync(sessionId, session, cancellationToken).ConfigureAwait(false);
            // A session that ends in this moment is read again, and is no longer there.
            if (session is null || await TryKeepAsync(sessionId, session, cancellationToken).ConfigureAwait(false))
            {
                return (session, latest);
            }
        }
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

        if (session.Contains(Fields.Hold))
        {
            if (!IsKept(sessionId, SessionUpdate.AnyBranch))
            {
                await KeepHeldAsync(sessionId, session, cancellationToken).ConfigureAwait(false);
            }

            return true;
        }

        var now = _timeProvider.GetUtcNow().UtcDateTime;
        if (session.GetValue(Fields.ExpiresAt, BsonNull.Value).CompareTo(new BsonDateTime(_lifetime.GetSessionExpiry(sessionId, now))) < 0)
        {
            return await TryExtendAsync(new(sessionId, SessionDocument.ToFilter(sessionId), []), _sessions, cancellationToken).ConfigureAwait(false);
        }

        NoteKept(session, sessionId, now);
        return true;
    }
}
