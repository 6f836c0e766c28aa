using MongoDB.Bson;
using MongoDB.Driver;
using SessionManager.Internal.Storage.Documents;
using SessionManager.Internal.Storage.Mongo.Updating;

namespace SessionManager.Internal.Storage.Mongo;

/// <content>
/// Holds. What is held is listed in the collection of owners, first of all and until the last; the document of a session says so, too, for all that
/// looks at it anyway. An owner's sessions are marked when it is held. Those that are begun later expire no sooner than a lifetime, and the sweep marks
/// them; until then, who deletes one looks at the owner.
/// </content>
internal sealed partial class MongoSessionStorage
{
    /// <inheritdoc/>
    public async Task HoldAsync(SessionOwner owner, string reason, CancellationToken cancellationToken)
    {
        var hold = await _owners.HoldAsync(OwnerDocument.ToPrefix(owner), HoldDocument.ToBson(reason, Now()), cancellationToken).ConfigureAwait(false);
        await HoldSessionsAsync(owner, hold, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task HoldAsync(SessionKey session, string reason, CancellationToken cancellationToken)
    {
        var sessionId = session.ToString();
        if (!await ExistsAsync(sessionId, cancellationToken).ConfigureAwait(false))
        {
            throw new SessionNotFoundException(sessionId);
        }

        var hold = await _owners.HoldAsync(HoldDocument.ToKey(sessionId), HoldDocument.ToBson(reason, Now()), cancellationToken).ConfigureAwait(false);
        if (!await TryHoldSessionAsync(sessionId, hold, cancellationToken).ConfigureAwait(false))
        {
            await _owners.ReleaseAsync(HoldDocument.ToKey(sessionId), cancellationToken).ConfigureAwait(false);
            throw new SessionNotFoundException(sessionId);
        }
    }

    /// <inheritdoc/>
    public async Task<bool> ReleaseAsync(SessionOwner owner, CancellationToken cancellationToken)
    {
        var wasHeld = await _owners.ReleaseAsync(OwnerDocument.ToPrefix(owner), cancellationToken).ConfigureAwait(false);
        await foreach (var session in FindSessionsAsync(owner, cancellationToken).ConfigureAwait(false))
        {
            await ReleaseSessionAsync(session[Fields.Id].AsString, HoldDocument.ToOfOwner(), cancellationToken).ConfigureAwait(false);
        }

        return wasHeld;
    }

    /// <inheritdoc/>
    public async Task<bool> ReleaseAsync(SessionKey session, CancellationToken cancellationToken)
    {
        var sessionId = session.ToString();
        var wasHeld = await _owners.ReleaseAsync(HoldDocument.ToKey(sessionId), cancellationToken).ConfigureAwait(false);
        if (!session.Owner.IsNone && await _owners.FindHoldAsync(session.Owner, cancellationToken).ConfigureAwait(false) is { } hold)
        {
            await TryHoldSessionAsync(sessionId, HoldDocument.ToOwned(hold), cancellationToken).ConfigureAwait(false);
            return wasHeld;
        }

        await ReleaseSessionAsync(sessionId, HoldDocument.ToCondition(isHeld: true), cancellationToken).ConfigureAwait(false);
        return wasHeld;
    }

    /// <summary>
    /// Holds the sessions of a held owner that are not held.
    /// </summary>
    private async Task HoldSessionsAsync(SessionOwner owner, BsonDocument hold, CancellationToken cancellationToken)
    {
        await foreach (var session in FindSessionsAsync(owner, cancellationToken).ConfigureAwait(false))
        {
            var sessionId = session[Fields.Id].AsString;
            if (session.Contains(Fields.Hold))
            {
                await KeepContentsAsync(sessionId, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                await TryHoldSessionAsync(sessionId, HoldDocument.ToOwned(hold), cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>
    /// Holds a session, and then its messages: extensions that come in between find it held.
    /// </summary>
    /// <returns>False where there is no such session.</returns>
    private async Task<bool> TryHoldSessionAsync(string sessionId, BsonDocument hold, CancellationToken cancellationToken)
    {
        var filter = SessionDocument.ToFilter(sessionId).Add(Fields.Deleted, new BsonDocument("$exists", false));
        var result = await _fencedSessions.UpdateOneAsync(filter, HoldDocument.ToSet(hold), options: null, cancellationToken).ConfigureAwait(false);
        if (result.MatchedCount == 0)
        {
            return false;
        }

        await KeepContentsAsync(sessionId, cancellationToken).ConfigureAwait(false);
        return true;
    }

    private async Task ReleaseSessionAsync(string sessionId, BsonElement condition, CancellationToken cancellationToken)
    {
        var filter = SessionDocument.ToFilter(sessionId).Add(condition);
        var result = await _fencedSessions.UpdateOneAsync(filter, HoldDocument.ToUnset(), options: null, cancellationToken).ConfigureAwait(false);
        if (result.MatchedCount > 0 && _lifetime is not null)
        {
            await TryExtendAsync(new(sessionId, SessionDocument.ToFilter(sessionId).Add(Fields.Deleted, new BsonDocument("$exists", false)), []), _fencedSessions, cancellationToken)
                .ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Updates a held session, which is not to expire.
    /// </summary>
    /// <returns>False where none matches the filter.</returns>
    private async Task<bool> TryUpdateHeldAsync(SessionUpdate update, IMongoCollection<BsonDocument> sessions, CancellationToken cancellationToken)
    {
        var filter = new BsonDocument(update.Filter).Add(HoldDocument.ToCondition(isHeld: true));
        var options = new FindOneAndUpdateOptions<BsonDocument, BsonDocument> { Projection = SessionDocument.LifetimeProjection };
        var session = update.Update.ElementCount == 0
            ? await FindAnyAsync(filter, SessionDocument.LifetimeProjection, cancellationToken).ConfigureAwait(false)
            : await sessions.FindOneAndUpdateAsync<BsonDocument>(filter, update.Update, options, cancellationToken).ConfigureAwait(false);
        if (session is null)
        {
            return false;
        }

        await KeepHeldAsync(update.SessionId, session, cancellationToken).ConfigureAwait(false);
        return true;
    }

    /// <summary>
    /// Keeps the messages of a held session that writers have appended who had not heard of it, once in each span.
    /// </summary>
    private async Task KeepHeldAsync(string sessionId, BsonDocument session, CancellationToken cancellationToken)
    {
        await KeepContentsAsync(sessionId, cancellationToken).ConfigureAwait(false);
        NoteKept(session, sessionId, _timeProvider.GetUtcNow().UtcDateTime);
    }

    private async Task KeepContentsAsync(string sessionId, CancellationToken cancellationToken)
    {
        await _messages.KeepAsync(sessionId, cancellationToken).ConfigureAwait(false);
        await _feedback.KeepAsync(sessionId, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Sees to what has come to what is held since: sessions that are begun, and messages that are appended, have an end at first.
    /// </summary>
    private async Task RenewHoldsAsync(CancellationToken cancellationToken)
    {
        foreach (var held in await _owners.ListHoldsAsync(cancellationToken).ConfigureAwait(false))
        {
            var (key, hold) = (held[Fields.Id].AsString, held[Fields.Hold].AsBsonDocument);
            if (HoldDocument.FindSessionId(key) is { } sessionId)
            {
                await TryHoldSessionAsync(sessionId, hold, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                await HoldSessionsAsync(OwnerDocument.ToOwner(key), hold, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>
    /// Fails for a session that is held, itself or as all of its owner's.
    /// </summary>
    /// <exception cref="SessionHeldException">It is.</exception>
    private async Task ThrowIfHeldAsync(string sessionId, BsonDocument session, CancellationToken cancellationToken)
    {
        ThrowIfHeld(sessionId, session);
        if (SessionKey.Parse(sessionId).Owner is { IsNone: false } owner
            && await _owners.FindHoldAsync(owner, cancellationToken).ConfigureAwait(false) is { } hold)
        {
            ThrowIfHeld(sessionId, new BsonDocument(Fields.Hold, hold));
        }
    }

    private static void ThrowIfHeld(string sessionId, BsonDocument session)
    {
        if (HoldDocument.FindReason(session) is { } reason)
        {
            throw new SessionHeldException(sessionId, reason);
        }
    }
}
