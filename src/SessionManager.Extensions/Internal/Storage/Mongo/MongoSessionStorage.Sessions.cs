using MongoDB.Bson;
using MongoDB.Driver;
using SessionManager.Internal.Storage.Documents;
using SessionManager.Internal.Storage.Mongo.Updating;

namespace SessionManager.Internal.Storage.Mongo;

internal sealed partial class MongoSessionStorage
{
    private const int SweepPage = 100;

    private static readonly BsonDocument SweepProjection = new() { { Fields.NextBranch, 1 }, { Fields.FirstBranch, 1 }, { Fields.Deleted, 1 }, { Fields.SchemaVersion, 1 } };

    /// <inheritdoc/>
    protected override async Task<SessionInfo?> GetSessionCoreAsync(string sessionId, CancellationToken cancellationToken)
    {
        var session = await FindAsync(sessionId, SessionDocument.InfoProjection, cancellationToken).ConfigureAwait(false);
        return session is null ? null : SessionDocument.ToInfo(session);
    }

    /// <inheritdoc/>
    protected override Task<bool> SetTitleCoreAsync(string sessionId, string? title, StoredHistory? source, CancellationToken cancellationToken)
    {
        var filter = source is null ? SessionDocument.ToFilter(sessionId) : SessionDocument.ToTitleFilter(sessionId, source);
        var update = new SessionUpdate(sessionId, filter, SessionDocument.ToSetTitle(title, source is not null)) { IsConditional = source is not null };
        return TryUpdateAsync(update, cancellationToken);
    }

    /// <inheritdoc/>
    protected override async Task<bool> CreateSessionCoreAsync(
        string sessionId,
        string? applicationName,
        IReadOnlyDictionary<string, object?>? metadata,
        bool revivesDeleted,
        CancellationToken cancellationToken)
    {
        var now = Now();
        var fields = metadata is null ? null : MetadataPaths.ToDocument(metadata);
        BsonDocument Create(int first) => SessionDocument.Create(sessionId, applicationName, now, first, metadata: fields);

        await DeleteLeftoversAsync(sessionId, cancellationToken).ConfigureAwait(false);
        while (!await TryInsertAsync(Create(HistoryDocument.GetFirstBranch(now.ToUniversalTime(), leftBranch: 0)), agentId: null, run: null, cancellationToken).ConfigureAwait(false))
        {
            var there = revivesDeleted
                ? await FindAnyAsync(SessionDocument.ToFilter(sessionId), TombstoneDocument.Projection, cancellationToken).ConfigureAwait(false)
                : [];
            if (there is not null)
            {
                return TombstoneDocument.IsDeleted(there)
                    && await TryReviveAsync(there, Create(HistoryDocument.ReadNext(there)), agentId: null, run: null, cancellationToken).ConfigureAwait(false);
            }
        }

        return true;
    }

    /// <inheritdoc/>
    protected override async Task<bool> DeleteSessionCoreAsync(string sessionId, CancellationToken cancellationToken)
    {
        _kept?.Forget(sessionId);
        while (true)
        {
            var session = await FindAnyAsync(SessionDocument.ToFilter(sessionId), TombstoneDocument.Projection, cancellationToken).ConfigureAwait(false);
            if (session is null)
            {
                return false;
            }

            if (AssignmentDocument.Find(session) is { } assignment)
            {
                await EndAssignmentAsync(sessionId, assignment, cancellationToken).ConfigureAwait(false);
                continue;
            }

            var next = HistoryDocument.ReadNext(session);
            var isThere = !TombstoneDocument.IsDeleted(session);
            if (!isThere)
            {
                if (await TryUpdateTombstoneAsync(session, TombstoneDocument.ToTake(), cancellationToken).ConfigureAwait(false) is null)
                {
                    continue;
                }
            }
            else
            {
                await ThrowIfHeldAsync(sessionId, session, cancellationToken).ConfigureAwait(false);
                if (await TryBuryAsync(sessionId, session, mark: null, cancellationToken).ConfigureAwait(false) is not { } tombstone)
                {
                    continue;
                }

                next = HistoryDocument.ReadNext(tombstone);
            }

            // Afterwards, so that no session is ever there with a part of its messages. Those of a new session of the same id are above.
            await DeleteContentsAsync(sessionId, next, cancellationToken).ConfigureAwait(false);
            return isThere;
        }
    }

    /// <summary>
    /// Puts what stays of a deleted session in the place of a session.
    /// </summary>
    /// <returns>Null where a branch was opened meanwhile, or another call has deleted or held it.</returns>
    private async Task<BsonDocument?> TryBuryAsync(string sessionId, BsonDocument session, BsonDocument? mark, CancellationToken cancellationToken)
    {
        ThrowIfHeld(sessionId, session);
        await ThrowIfUnsupportedAsync(sessionId, session, cancellationToken).ConfigureAwait(false);
        var next = HistoryDocument.ReadNext(session);
        var now = _timeProvider.GetUtcNow().UtcDateTime;
        var filter = SessionDocument.ToFilter(sessionId)
            .Add(Fields.Deleted, new BsonDocument("$exists", false))
            .Add(HoldDocument.ToCondition(isHeld: false))
            .Add(HistoryDocument.ToNextFilter(next));
        // Feedback stands under the first number of its session, which is still the next one where there never was an agent.
        var tombstone = TombstoneDocument.Create(sessionId, next + 1, now, now + _deletionGracePeriod).Add(Fields.Erasure, mark, mark is not null).WithMarks(session);
        var result = await _fencedSessions.ReplaceOneAsync(filter, tombstone, cancellationToken: cancellationToken).ConfigureAwait(false);
        return result.MatchedCount > 0 ? tombstone : null;
    }

    /// <inheritdoc/>
    protected override async Task DeleteBranchCoreAsync(string sessionId, AgentBranch branch, CancellationToken cancellationToken)
    {
        // No writer finds one that is on its way to another owner, and what is on its branches is still to be copied.
        if (await FindFirstBranchAsync(sessionId, cancellationToken).ConfigureAwait(false) is not { } first || branch.Number < first)
        {
            await _messages.DeleteAsync(sessionId, branch, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public override async Task<int> SweepAsync(CancellationToken cancellationToken = default)
    {
        if (_lifetime is not null)
        {
            await RenewHoldsAsync(cancellationToken).ConfigureAwait(false);
        }

        // What is counted for a receipt must not go before it is.
        var owners = await ResumeErasuresAsync(cancellationToken).ConfigureAwait(false);
        var count = await SweepSessionsAsync(cancellationToken).ConfigureAwait(false);
        await FinishErasuresAsync(owners, cancellationToken).ConfigureAwait(false);
        return count;
    }

    private async Task<int> SweepSessionsAsync(CancellationToken cancellationToken)
    {
        var count = 0;
        while (true)
        {
            var due = new BsonDocument(Fields.SweepAt, new BsonDocument("$lt", Now()));
            var options = new FindOptions<BsonDocument, BsonDocument> { Projection = SweepProjection, Limit = SweepPage };
            using var cursor = await _sessions.FindAsync(due, options, cancellationToken).ConfigureAwait(false);
            var page = await cursor.ToListAsync(cancellationToken).ConfigureAwait(false);
            foreach (var session in page)
            {
                await SweepAsync(session, cancellationToken).ConfigureAwait(false);
                count++;
            }

            if (page.Count < SweepPage)
            {
                return count;
            }
        }
    }

    /// <summary>
    /// Deletes what is left of a deleted session, and that it was there; or of the one that was there before this one.
    /// </summary>
    private async Task SweepAsync(BsonDocument session, CancellationToken cancellationToken)
    {
        var sessionId = session[Fields.Id].AsString;
        if (TombstoneDocument.IsDeleted(session))
        {
            if (await TryUpdateTombstoneAsync(session, TombstoneDocument.ToTake(), cancellationToken).ConfigureAwait(false) is { } taken)
            {
                await DeleteContentsAsync(sessionId, HistoryDocument.ReadNext(session), cancellationToken).ConfigureAwait(false);
                // Unless a new one has come in its place.
                await _fencedSessions.DeleteOneAsync(TombstoneDocument.ToFilter(taken), cancellationToken).ConfigureAwait(false);
            }

            return;
        }

        if (AssignmentDocument.Find(session) is { } assignment)
        {
            await EndAssignmentAsync(sessionId, assignment, cancellationToken).ConfigureAwait(false);
            return;
        }

        var first = HistoryDocument.ReadFirst(session);
        await DeleteContentsAsync(sessionId, first, cancellationToken).ConfigureAwait(false);
        var filter = SessionDocument.ToFilter(sessionId).Add(Fields.FirstBranch, first).Add(Fields.SchemaVersion, new BsonDocument("$not", new BsonDocument("$type", "object")));
        await _fencedSessions
            .UpdateOneAsync(filter, new BsonDocument("$unset", new BsonDocument { { Fields.SweepAt, "" }, { Fields.Erasure, "" } }), cancellationToken: cancellationToken)
            .ConfigureAwait(false);
    }

    /// <summary>
    /// Deletes everything that is stored of a session beside it, up to a branch: the one place that knows what that is.
    /// </summary>
    private async Task DeleteContentsAsync(string sessionId, int beforeBranch, CancellationToken cancellationToken)
    {
        await _messages.DeleteAsync(sessionId, beforeBranch, cancellationToken).ConfigureAwait(false);
        await _feedback.DeleteAsync(sessionId, beforeBranch, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Updates what stays of a deleted session, most often to take it away from a call that copies messages for the session to come: they are about
    /// to go.
    /// </summary>
    /// <returns>Null where it is not there any more as it was read.</returns>
    private async Task<BsonDocument?> TryUpdateTombstoneAsync(BsonDocument tombstone, BsonDocument update, CancellationToken cancellationToken)
    {
        var options = new FindOneAndUpdateOptions<BsonDocument, BsonDocument> { Projection = ToProjection(TombstoneDocument.Projection), ReturnDocument = ReturnDocument.After };
        return await _fencedSessions
            .FindOneAndUpdateAsync<BsonDocument>(TombstoneDocument.ToFilter(tombstone), update, options, cancellationToken)
            .ConfigureAwait(false);
    }

    /// <summary>
    /// Puts a new session in the place of a deleted one, unless another call has done so.
    /// </summary>
    private async Task<bool> TryReviveAsync(BsonDocument tombstone, BsonDocument session, string? agentId, RunRequest? run, CancellationToken cancellationToken)
    {
        var now = _timeProvider.GetUtcNow().UtcDateTime;
        var sessionId = session[Fields.Id].AsString;
        AddLifetime(session, sessionId, now);
        var result = await _fencedSessions
            .UpdateOneAsync(TombstoneDocument.ToFilter(tombstone), SessionDocument.ToRevive(session, agentId, run), cancellationToken: cancellationToken)
            .ConfigureAwait(false);
        if (result.MatchedCount == 0)
        {
            return false;
        }

        NoteKept(session, sessionId, now);
        return true;
    }

    private void AddLifetime(BsonDocument session, string sessionId, DateTime now)
    {
        if (_lifetime is not null)
        {
            session.Add(Fields.ExpiresAt, _lifetime.GetSessionExpiry(sessionId, now));
            session.Add(Fields.MessagesExpireAt, _lifetime.GetMessagesExpiry(sessionId, now));
        }
    }

    /// <summary>
    /// Inserts a session, unless it exists, with a run of its agent where one is asked for.
    /// </summary>
    private async Task<bool> TryInsertAsync(BsonDocument session, string? agentId, RunRequest? run, CancellationToken cancellationToken)
    {
        var now = _timeProvider.GetUtcNow().UtcDateTime;
        var sessionId = session[Fields.Id].AsString;
        AddLifetime(session, sessionId, now);
        try
        {
            if (run is null)
            {
                await _fencedSessions.InsertOneAsync(session, options: null, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                // No session matches, so that one is inserted, or its id is there: an insert alone has no times of the server's clock.
                var none = SessionDocument.ToFilter(sessionId).Add(Fields.SchemaVersion, new BsonDocument("$lt", 0));
                await _fencedSessions
                    .UpdateOneAsync(none, SessionDocument.ToCreate(session, agentId!, run), new UpdateOptions { IsUpsert = true }, cancellationToken)
                    .ConfigureAwait(false);
            }
        }
        catch (MongoWriteException exception) when (exception.WriteError?.Category == ServerErrorCategory.DuplicateKey)
        {
            return false;
        }

        NoteKept(session, sessionId, now);
        return true;
    }

    /// <summary>
    /// Deletes what an expired session of the same id has left, since messages and feedback outlive their session.
    /// </summary>
    private async Task DeleteLeftoversAsync(string sessionId, CancellationToken cancellationToken)
    {
        if (_lifetime is not null)
        {
            var limit = _lifetime.GetLeftoverLimit(_timeProvider.GetUtcNow().UtcDateTime);
            await Task.WhenAll(
                _messages.DeleteExpiringAsync(sessionId, limit, cancellationToken),
                _feedback.DeleteExpiringAsync(sessionId, limit, cancellationToken)).ConfigureAwait(false);
        }
    }
}
