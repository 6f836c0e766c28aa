using MongoDB.Bson;
using MongoDB.Driver;
using SessionManager.Internal.Storage.Documents;

namespace SessionManager.Internal.Storage.Mongo;

internal sealed partial class MongoSessionStorage
{
    /// <inheritdoc/>
    public override SessionCatalog Catalog => field ??= new Listing(this);

    /// <inheritdoc/>
    protected override async Task<SessionInfo?> GetSessionCoreAsync(string sessionId, CancellationToken cancellationToken)
    {
        var session = await FindAsync(sessionId, SessionDocument.InfoProjection, cancellationToken).ConfigureAwait(false);
        return session is null ? null : SessionDocument.ToInfo(session);
    }

    /// <inheritdoc/>
    protected override async Task<bool> CreateSessionCoreAsync(
        string sessionId,
        string? applicationName,
        IReadOnlyDictionary<string, object?>? metadata,
        CancellationToken cancellationToken)
    {
        var session = SessionDocument.Create(sessionId, applicationName, Now(), metadata: metadata is null ? null : MetadataPaths.ToDocument(metadata));
        await DeleteLeftoversAsync(sessionId, cancellationToken).ConfigureAwait(false);
        return await TryInsertAsync(session, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override async Task<bool> DeleteSessionCoreAsync(string sessionId, CancellationToken cancellationToken)
    {
        await ExistsAsync(sessionId, cancellationToken).ConfigureAwait(false);
        _kept?.Forget(sessionId);

        // Messages first: a session that is still there shows that there is more to delete.
        await _messages.DeleteAsync(sessionId, cancellationToken).ConfigureAwait(false);
        var result = await _sessions.DeleteOneAsync(SessionDocument.ToFilter(sessionId), cancellationToken).ConfigureAwait(false);
        return result.DeletedCount > 0;
    }

    private async Task<SessionPage> ListSessionsAsync(SessionQuery query, CancellationToken cancellationToken)
    {
        // One more than asked for tells whether there is another page.
        var limit = query.Limit + 1;
        var sort = SessionListing.ToSort(query.Order);
        var after = SessionCursor.Parse(query);
        List<SessionInfo> found = [];
        if (after is null)
        {
            found = await ListAsync(SessionListing.ToFilter(query), sort, limit, cancellationToken).ConfigureAwait(false);
            if (found.Count < limit || found.TrueForAll(HasTime))
            {
                return SessionPage.Create(found, query);
            }

            // The server would put what is no date before or behind the dates by its type, and no cursor could tell where.
            found = [];
        }

        if (after is null || SessionListing.HasTime(after.Time))
        {
            found = await ListAsync(SessionListing.ToTimedFilter(query, after), sort, limit, cancellationToken).ConfigureAwait(false);
        }

        if (found.Count < limit)
        {
            var untimed = SessionListing.ToUntimedFilter(query, after);
            found.AddRange(await ListAsync(untimed, SessionListing.UntimedSort, limit - found.Count, cancellationToken).ConfigureAwait(false));
        }

        return SessionPage.Create(found, query);

        bool HasTime(SessionInfo session) => SessionListing.HasTime(query.Order == SessionOrder.UpdatedAt ? session.UpdatedAt : session.CreatedAt);
    }

    private async Task<List<SessionInfo>> ListAsync(BsonDocument filter, BsonDocument sort, int limit, CancellationToken cancellationToken)
    {
        var options = new FindOptions<BsonDocument, BsonDocument>
        {
            Projection = ToProjection(SessionDocument.InfoProjection),
            Sort = sort,
            Limit = limit,
        };
        using var cursor = await _listedSessions.FindAsync(filter, options, cancellationToken).ConfigureAwait(false);
        var found = await cursor.ToListAsync(cancellationToken).ConfigureAwait(false);
        return found.ConvertAll(SessionDocument.ToInfo);
    }

    /// <summary>
    /// Inserts a session, unless it exists.
    /// </summary>
    private async Task<bool> TryInsertAsync(BsonDocument session, CancellationToken cancellationToken)
    {
        var now = _timeProvider.GetUtcNow().UtcDateTime;
        var sessionId = session[Fields.Id].AsString;
        if (_lifetime is not null)
        {
            session.Add(Fields.ExpiresAt, _lifetime.GetSessionExpiry(sessionId, now));
            session.Add(Fields.MessagesExpireAt, _lifetime.GetMessagesExpiry(sessionId, now));
        }

        try
        {
            await _sessions.InsertOneAsync(session, options: null, cancellationToken).ConfigureAwait(false);
        }
        catch (MongoWriteException exception) when (exception.WriteError?.Category == ServerErrorCategory.DuplicateKey)
        {
            return false;
        }

        NoteKept(sessionId, now);
        return true;
    }

    /// <summary>
    /// Deletes what an expired session of the same id has left, since messages outlive their session.
    /// </summary>
    private Task DeleteLeftoversAsync(string sessionId, CancellationToken cancellationToken) =>
        _lifetime is null
            ? Task.CompletedTask
            : _messages.DeleteExpiringAsync(sessionId, _lifetime.GetLeftoverLimit(_timeProvider.GetUtcNow().UtcDateTime), cancellationToken);

    private sealed class Listing(MongoSessionStorage storage) : SessionCatalog
    {
        /// <inheritdoc/>
        protected override Task<SessionPage> ListSessionsCoreAsync(SessionQuery query, CancellationToken cancellationToken) =>
            storage.ListSessionsAsync(query, cancellationToken);
    }
}
