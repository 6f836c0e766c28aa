using System.Runtime.CompilerServices;
using MongoDB.Bson;
using MongoDB.Driver;
using SessionManager.Internal.Storage.Documents;

namespace SessionManager.Internal.Storage.Mongo;

/// <content>
/// The erasure of an owner. Each of its sessions is deleted as any other, so that runs lose it, and marked: the mark names a count, which is
/// stored once, before the first message of the session goes. A call that is stopped anywhere leaves marks by which the next one goes on.
/// </content>
internal sealed partial class MongoSessionStorage
{
    private const int ErasurePage = 100;

    // One erases all that was there when it began. Others look for what has come since, and would never end while somebody goes on asking.
    private const int MaxErasurePasses = 8;

    /// <inheritdoc/>
    public async Task<ErasureReceipt> EraseAsync(SessionOwner owner, CancellationToken cancellationToken)
    {
        var id = await _owners.BeginAsync(owner, Now(), cancellationToken).ConfigureAwait(false);
        await EraseAsync(owner, id, cancellationToken).ConfigureAwait(false);
        return (await _owners.FindAsync(id, cancellationToken).ConfigureAwait(false))!;
    }

    /// <inheritdoc/>
    public Task<ErasureReceipt?> FindErasureAsync(string erasureId, CancellationToken cancellationToken) => _owners.FindAsync(erasureId, cancellationToken);

    private async Task EraseAsync(SessionOwner owner, string id, CancellationToken cancellationToken)
    {
        var pass = new ErasurePass(owner, id);
        for (var number = 0; number < MaxErasurePasses && pass.HasErased; number++)
        {
            pass.Begin(Now());
            await EraseSessionsAsync(pass, cancellationToken).ConfigureAwait(false);
            await EraseLeftoversAsync(pass, _messages.FindAsync, _messages.DeleteAsync, cancellationToken).ConfigureAwait(false);
            await EraseLeftoversAsync(pass, _feedback.FindAsync, _feedback.DeleteAsync, cancellationToken).ConfigureAwait(false);
        }

        if (pass.Refused is not null)
        {
            throw pass.Refused;
        }

        await _owners.CompleteAsync(id, Now(), pass.FinalAt, pass.HasMore, cancellationToken).ConfigureAwait(false);
    }

    private async Task EraseSessionsAsync(ErasurePass pass, CancellationToken cancellationToken)
    {
        await foreach (var session in FindKeysAsync(pass.Owner, cancellationToken).ConfigureAwait(false))
        {
            try
            {
                await EraseAsync(session, pass, cancellationToken).ConfigureAwait(false);
            }
            catch (SessionException exception) when (exception is UnsupportedSessionException or SessionHeldException)
            {
                // All others are not to wait for it. Of a layout that is not known, where the rest of it would be is not either.
                pass.Refuse(session[Fields.Id].AsString, exception);
            }
        }
    }

    /// <summary>
    /// Finds the sessions of an owner.
    /// </summary>
    private IAsyncEnumerable<BsonDocument> FindSessionsAsync(SessionOwner owner, CancellationToken cancellationToken) =>
        FindKeysAsync(owner, cancellationToken).Where(static session => !TombstoneDocument.IsDeleted(session));

    /// <summary>
    /// Finds the sessions of an owner, and what stays of its deleted ones, in the order of their keys.
    /// </summary>
    private async IAsyncEnumerable<BsonDocument> FindKeysAsync(SessionOwner owner, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? last = null;
        while (true)
        {
            var filter = new BsonDocument(Fields.Id, OwnerDocument.ToRange(owner, last));
            var options = new FindOptions<BsonDocument, BsonDocument>
            {
                Projection = ToProjection(TombstoneDocument.Projection),
                Sort = new BsonDocument(Fields.Id, 1),
                Limit = ErasurePage,
            };
            using var cursor = await _sessions.FindAsync(filter, options, cancellationToken).ConfigureAwait(false);
            var page = await cursor.ToListAsync(cancellationToken).ConfigureAwait(false);
            foreach (var session in page)
            {
                yield return session;
            }

            if (page.Count < ErasurePage)
            {
                yield break;
            }

            last = page[^1][Fields.Id].AsString;
        }
    }

    private async Task EraseAsync(BsonDocument found, ErasurePass pass, CancellationToken cancellationToken)
    {
        var sessionId = found[Fields.Id].AsString;
        BsonDocument? session = found;
        while (session is not null && !await TryEraseAsync(sessionId, session, pass, cancellationToken).ConfigureAwait(false))
        {
            session = await FindAnyAsync(SessionDocument.ToFilter(sessionId), TombstoneDocument.Projection, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Erases a session, or what stays of a deleted one, and what is stored beside it.
    /// </summary>
    /// <returns>False where it is not there any more as it was read.</returns>
    private async Task<bool> TryEraseAsync(string sessionId, BsonDocument session, ErasurePass pass, CancellationToken cancellationToken)
    {
        if (AssignmentDocument.Find(session) is { } assignment)
        {
            // What goes to another owner is the other's.
            await EndAssignmentAsync(sessionId, assignment, cancellationToken).ConfigureAwait(false);
            return false;
        }

        var isDeleted = TombstoneDocument.IsDeleted(session);
        if (!isDeleted && ErasureDocument.FindMark(session) is { } earlier)
        {
            // It was begun anew in the place of one that may not have been counted.
            await EraseContentsAsync(sessionId, HistoryDocument.ReadFirst(session), earlier, pass, cancellationToken).ConfigureAwait(false);
        }

        var marked = isDeleted && ErasureDocument.IsOf(ErasureDocument.FindMark(session), pass.Id)
            ? session
            : await TryMarkAsync(sessionId, session, pass.Id, cancellationToken).ConfigureAwait(false);
        if (marked is null)
        {
            return false;
        }

        pass.Keep(marked[Fields.SweepAt]);
        await EraseContentsAsync(sessionId, HistoryDocument.ReadNext(marked), ErasureDocument.FindMark(marked)!, pass, cancellationToken).ConfigureAwait(false);
        return true;
    }

    /// <summary>
    /// Deletes a session for an erasure, but for its messages, or marks what stays of one that is deleted.
    /// </summary>
    private async Task<BsonDocument?> TryMarkAsync(string sessionId, BsonDocument session, string id, CancellationToken cancellationToken)
    {
        if (TombstoneDocument.IsDeleted(session))
        {
            var update = TombstoneDocument.ToTake();
            update["$set"].AsBsonDocument.Add(Fields.Erasure, ErasureDocument.ToMark(id, wasSession: false));
            return await TryUpdateTombstoneAsync(session, update, cancellationToken).ConfigureAwait(false);
        }

        var tombstone = await TryBuryAsync(sessionId, session, ErasureDocument.ToMark(id, wasSession: true), cancellationToken).ConfigureAwait(false);
        if (tombstone is not null)
        {
            _kept?.Forget(sessionId);
        }

        return tombstone;
    }

    /// <summary>
    /// Counts what is stored of a session beside it, unless that is done, and then deletes it.
    /// </summary>
    private async Task EraseContentsAsync(string sessionId, int beforeBranch, BsonDocument mark, ErasurePass pass, CancellationToken cancellationToken)
    {
        if (!pass.TryEnter(ErasureDocument.ToCountKey(mark)))
        {
            return;
        }

        var messages = await _messages.CountBelowAsync(sessionId, beforeBranch, cancellationToken).ConfigureAwait(false);
        var feedbacks = await _feedback.CountBelowAsync(sessionId, beforeBranch, cancellationToken).ConfigureAwait(false);
        pass.HasMore |= await _owners.TryAddAsync(ErasureDocument.ToCount(mark, messages, feedbacks), cancellationToken).ConfigureAwait(false);
        await DeleteContentsAsync(sessionId, beforeBranch, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Erases what is there without its session: messages and feedback of one that has expired, or of writers that had not heard of its end.
    /// </summary>
    /// <param name="pass">The pass.</param>
    /// <param name="findAsync">Finds the first of an owner's that follows all of a session.</param>
    /// <param name="deleteAsync">Deletes one by its <c>_id</c>.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    private async Task EraseLeftoversAsync(
        ErasurePass pass,
        Func<SessionOwner, string?, CancellationToken, Task<StoredPlace?>> findAsync,
        Func<string, CancellationToken, Task> deleteAsync,
        CancellationToken cancellationToken)
    {
        string? last = null;
        while (await findAsync(pass.Owner, last, cancellationToken).ConfigureAwait(false) is { } message)
        {
            var sessionId = message.SessionId;
            if (sessionId is null)
            {
                // Nothing that names a session finds it.
                pass.HasErased = true;
                await deleteAsync(message.Id, cancellationToken).ConfigureAwait(false);
                continue;
            }

            last = sessionId;
            if (pass.IsRefused(sessionId))
            {
                continue;
            }

            pass.HasErased = true;
            var there = await FindAnyAsync(SessionDocument.ToFilter(sessionId), TombstoneDocument.Projection, cancellationToken).ConfigureAwait(false);
            if (there is null)
            {
                // As what stays of any deleted session.
                var now = _timeProvider.GetUtcNow().UtcDateTime;
                var tombstone = TombstoneDocument.Create(sessionId, HistoryDocument.GetFirstBranch(now, message.Branch), now, now + _deletionGracePeriod);
                if (await TryPutAsync(tombstone, there: null, cancellationToken).ConfigureAwait(false))
                {
                    await EraseAsync(tombstone, pass, cancellationToken).ConfigureAwait(false);
                }
            }
            else if (TombstoneDocument.IsDeleted(there))
            {
                await DeleteContentsAsync(sessionId, HistoryDocument.ReadNext(there), cancellationToken).ConfigureAwait(false);
                // Whatever branch it says it stands on: else it would be found for ever.
                await deleteAsync(message.Id, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>
    /// Goes on with the erasures that were begun and did not come to their end.
    /// </summary>
    /// <returns>The owners that have an erasure.</returns>
    private async Task<IReadOnlyList<(SessionOwner Owner, string Id)>> ResumeErasuresAsync(CancellationToken cancellationToken)
    {
        var owners = await _owners.ListAsync(cancellationToken).ConfigureAwait(false);
        foreach (var (owner, id) in owners)
        {
            if (await _owners.FindAsync(id, cancellationToken).ConfigureAwait(false) is not { CompletedAt: not null })
            {
                try
                {
                    await EraseAsync(owner, cancellationToken).ConfigureAwait(false);
                }
                catch (SessionException)
                {
                    // Who has called for it was told.
                }
            }
        }

        return owners;
    }

    /// <summary>
    /// Forgets the owners of whose erased sessions nothing is left.
    /// </summary>
    private async Task FinishErasuresAsync(IReadOnlyList<(SessionOwner Owner, string Id)> owners, CancellationToken cancellationToken)
    {
        foreach (var (owner, id) in owners)
        {
            if (await _owners.FindAsync(id, cancellationToken).ConfigureAwait(false) is { FinalAt: { } finalAt } receipt
                && finalAt <= _timeProvider.GetUtcNow()
                && !await IsMarkedAsync(owner, id, cancellationToken).ConfigureAwait(false))
            {
                await _owners.FinishAsync(owner, receipt, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task<bool> IsMarkedAsync(SessionOwner owner, string id, CancellationToken cancellationToken)
    {
        var filter = new BsonDocument { { Fields.Id, OwnerDocument.ToRange(owner) }, { $"{Fields.Erasure}.{Fields.Id}", id } };
        var options = new FindOptions<BsonDocument, BsonDocument> { Projection = new BsonDocument(Fields.Id, 1), Sort = new BsonDocument(Fields.Id, 1), Limit = 1 };
        using var cursor = await _sessions.FindAsync(filter, options, cancellationToken).ConfigureAwait(false);
        return await cursor.AnyAsync(cancellationToken).ConfigureAwait(false);
    }
}
