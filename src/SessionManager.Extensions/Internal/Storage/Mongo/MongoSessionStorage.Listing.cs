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
    public override SessionCatalog Catalog => field ??= new Listing(this);

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

    private sealed class Listing(MongoSessionStorage storage) : TransferCatalog
    {
        /// <inheritdoc/>
        protected override Task<SessionPage> ListSessionsCoreAsync(SessionQuery query, CancellationToken cancellationToken) =>
            storage.ListSessionsAsync(query, cancellationToken);

        /// <inheritdoc/>
        protected override Task<ErasureReceipt> EraseCoreAsync(SessionOwner owner, CancellationToken cancellationToken) =>
            storage.EraseAsync(owner, cancellationToken);

        /// <inheritdoc/>
        protected override Task<ErasureReceipt?> GetErasureCoreAsync(string erasureId, CancellationToken cancellationToken) =>
            storage._owners.FindAsync(erasureId, cancellationToken);

        /// <inheritdoc/>
        protected override Task SetHoldCoreAsync(SessionOwner owner, string reason, CancellationToken cancellationToken) =>
            storage.HoldAsync(owner, reason, cancellationToken);

        /// <inheritdoc/>
        protected override Task SetHoldCoreAsync(SessionKey session, string reason, CancellationToken cancellationToken) =>
            storage.HoldAsync(session, reason, cancellationToken);

        /// <inheritdoc/>
        protected override Task<bool> RemoveHoldCoreAsync(SessionOwner owner, CancellationToken cancellationToken) =>
            storage.ReleaseAsync(owner, cancellationToken);

        /// <inheritdoc/>
        protected override Task<bool> RemoveHoldCoreAsync(SessionKey session, CancellationToken cancellationToken) =>
            storage.ReleaseAsync(session, cancellationToken);

        /// <inheritdoc/>
        protected override Task WriteAsync(string sessionId, SessionFileWriter file, CancellationToken cancellationToken) =>
            storage.WriteAsync(sessionId, file, cancellationToken);

        /// <inheritdoc/>
        protected override async Task<IncomingSession?> BeginAsync(FiledSession session, CancellationToken cancellationToken) =>
            await storage.BeginImportAsync(session, cancellationToken).ConfigureAwait(false);

        /// <inheritdoc/>
        protected override Task AssignCoreAsync(SessionKey session, SessionOwner owner, CancellationToken cancellationToken) =>
            storage.AssignAsync(session, owner, cancellationToken);
    }
}
