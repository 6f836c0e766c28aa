using MongoDB.Bson;
using MongoDB.Driver;
using SessionManager.Internal.Storage.Documents;
using SessionManager.Internal.Storage.Files;

namespace SessionManager.Internal.Storage.Mongo;

/// <content>
/// The catalog of the sessions.
/// </content>
internal sealed partial class MongoSessionStorage
{
    /// <inheritdoc/>
    public override SessionCatalog Catalog => field ??= new StorageCatalog(this);

    /// <inheritdoc/>
    public async Task<SessionPage> ListSessionsAsync(SessionQuery query, CancellationToken cancellationToken)
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
}
