using MongoDB.Bson;
using MongoDB.Driver;
using SessionManager.Internal.Storage.Documents;
using SessionManager.Internal.Storage.Documents.Values;
using SessionManager.Internal.Storage.Files;

namespace SessionManager.Internal.Storage.Mongo;

/// <content>
/// A copy of a session. Its id is reserved by what stays of a deleted session, its messages are copied, and last of all the session takes the
/// place of the reservation: up to then, nothing of it is seen. What a call leaves that did not come to its end is swept with the reservation, or
/// after the session that has taken its place.
/// </content>
internal sealed partial class MongoSessionStorage
{
    // Longer than any copy takes, however soon deleted sessions are to be swept.
    private static readonly TimeSpan MinReservation = TimeSpan.FromDays(1);

    /// <inheritdoc/>
    protected override async Task<bool> ForkSessionCoreAsync(
        string sessionId,
        string targetId,
        string? applicationName,
        IReadOnlyDictionary<string, int> messageCounts,
        CancellationToken cancellationToken)
    {
        var source = await FindAsync(sessionId, SessionDocument.ForkProjection, cancellationToken).ConfigureAwait(false)
            ?? throw new SessionNotFoundException(sessionId);
        await ThrowIfUnsupportedAsync(sessionId, source, cancellationToken).ConfigureAwait(false);
        var agents = await FindForkedAsync(source, sessionId, messageCounts, cancellationToken).ConfigureAwait(false);
        while (await TryReserveAsync(targetId, agents.Count, source: null, cancellationToken).ConfigureAwait(false) is { } reservation)
        {
            var first = HistoryDocument.ReadNext(reservation) - agents.Count;
            foreach (var (index, agent) in agents.Index())
            {
                var branch = new AgentBranch(agent.Stored.AgentId, first + index);
                await _messages.CopyAsync(sessionId, agent.Stored.History!.Branch, agent.Count, targetId, branch, cancellationToken).ConfigureAwait(false);
            }

            // Else there may be less than there was.
            var after = await FindAsync(sessionId, SessionDocument.ToCopiedProjection(agents.Select(static agent => agent.Stored.AgentId)), cancellationToken).ConfigureAwait(false);
            if (after is null || HistoryDocument.ReadFirst(after) != HistoryDocument.ReadFirst(source))
            {
                throw new SessionNotFoundException(sessionId);
            }

            var copies = new BsonDocument();
            var now = Now();
            foreach (var agent in agents)
            {
                var preview = AgentDocument.FindPreview(after, agent.Stored.History!.Branch);
                var copy = AgentDocument.ToFork(agent.Document, first + copies.ElementCount, agent.Count, agent.Stored.RemovedMessageCount > agent.Count, preview, now);
                copies.Add(BsonKeys.Encode(agent.Stored.AgentId), copy);
            }

            var session = SessionDocument.ToFork(source, targetId, applicationName, now, first, copies);
            if (await TryReviveAsync(reservation, session, agentId: null, run: null, cancellationToken).ConfigureAwait(false))
            {
                return true;
            }

            // The id was deleted, swept, or reserved by another call; or somebody has begun a session there.
        }

        return false;
    }

    private async Task<List<ForkedAgent>> FindForkedAsync(
        BsonDocument source, string sessionId, IReadOnlyDictionary<string, int> messageCounts, CancellationToken cancellationToken)
    {
        var agents = new List<ForkedAgent>();
        var documents = source.GetValue(Fields.Agents, BsonNull.Value) as BsonDocument ?? [];
        foreach (var agentId in documents.Names.Select(BsonKeys.Decode).Distinct(StringComparer.Ordinal))
        {
            DamagedFields damaged = default;
            if (AgentDocument.Find(source, agentId, ref damaged) is { History: { } history } stored)
            {
                var count = await _messages.GetNextPositionAsync(sessionId, history.Branch, cancellationToken).ConfigureAwait(false);
                if (messageCounts.TryGetValue(agentId, out var limit))
                {
                    ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, count, nameof(messageCounts));
                    count = limit;
                }

                agents.Add(new ForkedAgent(stored, documents[BsonKeys.Encode(agentId)].AsBsonDocument, count));
            }
        }

        return messageCounts.Keys.FirstOrDefault(agentId => agents.TrueForAll(agent => agent.Stored.AgentId != agentId)) is { } missing
            ? throw new AgentNotFoundException(sessionId, missing)
            : agents;
    }

    /// <summary>
    /// Reserves the id of a session, and branches of it: messages on them are seen by nobody, and meet those of no other session.
    /// </summary>
    /// <param name="sessionId">The id of the session.</param>
    /// <param name="branchCount">How many branches.</param>
    /// <param name="source">The session in a file, which has its numbers where they are free; null for a copy, which has any.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>What stands in the place of the session; null where there is one.</returns>
    private async Task<BsonDocument?> TryReserveAsync(string sessionId, int branchCount, FiledSession? source, CancellationToken cancellationToken)
    {
        await DeleteLeftoversAsync(sessionId, cancellationToken).ConfigureAwait(false);
        while (true)
        {
            var there = await FindAnyAsync(SessionDocument.ToFilter(sessionId), TombstoneDocument.Projection, cancellationToken).ConfigureAwait(false);
            if (there is not null && !TombstoneDocument.IsDeleted(there))
            {
                return null;
            }

            var now = _timeProvider.GetUtcNow().UtcDateTime;
            var time = _deletionGracePeriod > MinReservation ? _deletionGracePeriod : MinReservation;
            if (source is not null && there is not null && TombstoneDocument.FindImport(there, source.Digest, branchCount) is not null)
            {
                // Both bring in the same. To take it away from a call that goes on would let two never end.
                if (await TryUpdateTombstoneAsync(there, new BsonDocument("$max", new BsonDocument(Fields.SweepAt, now + time)), cancellationToken).ConfigureAwait(false) is { } kept)
                {
                    return kept;
                }

                continue;
            }

            var first = source is not null ? GetFirstBranch(source, there) : there is null ? HistoryDocument.GetFirstBranch(now, leftBranch: 0) : HistoryDocument.ReadNext(there);
            var reservation = TombstoneDocument.Create(sessionId, first + branchCount, now, now + time).WithMarks(there);
            if (source is not null)
            {
                TombstoneDocument.SetImport(reservation, source.Digest, first);
            }

            if (await TryPutAsync(reservation, there, cancellationToken).ConfigureAwait(false))
            {
                return reservation;
            }
        }
    }

    private async Task<bool> TryPutAsync(BsonDocument reservation, BsonDocument? there, CancellationToken cancellationToken)
    {
        if (there is not null)
        {
            var result = await _fencedSessions
                .ReplaceOneAsync(TombstoneDocument.ToFilter(there), reservation, cancellationToken: cancellationToken)
                .ConfigureAwait(false);
            return result.MatchedCount > 0;
        }

        try
        {
            await _fencedSessions.InsertOneAsync(reservation, options: null, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (MongoWriteException exception) when (exception.WriteError?.Category == ServerErrorCategory.DuplicateKey)
        {
            return false;
        }
    }

    private sealed record ForkedAgent(StoredAgent Stored, BsonDocument Document, int Count);
}
