using System.Runtime.CompilerServices;
using MongoDB.Bson;
using MongoDB.Driver;
using SessionManager.Internal.Storage.Documents;
using SessionManager.Internal.Storage.Mongo.Appending;

namespace SessionManager.Internal.Storage.Mongo;

/// <summary>
/// The feedback of all sessions, one document each.
/// </summary>
internal sealed class FeedbackCollection(IMongoCollection<BsonDocument> collection, ReadConcern listingConcern)
{
    // Of a lost connection, or of two calls of one user at the same time.
    private const int MaxAttempts = 5;

    private static readonly BsonDocument InOrder = new() { { Fields.CreatedAt, 1 }, { Fields.Id, 1 } };

    private readonly IMongoCollection<BsonDocument> _listed = collection.WithReadConcern(listingConcern);

    /// <summary>
    /// Stores feedback, or puts it in the place of what has its key, and returns it as it is stored.
    /// </summary>
    /// <remarks>The key is made before, so that a command that is sent again leaves the same.</remarks>
    public async Task<BsonDocument> PutAsync(BsonDocument filter, BsonDocument update, CancellationToken cancellationToken)
    {
        var options = new FindOneAndUpdateOptions<BsonDocument, BsonDocument> { IsUpsert = true, ReturnDocument = ReturnDocument.After };
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await collection.FindOneAndUpdateAsync<BsonDocument>(filter, update, options, cancellationToken).ConfigureAwait(false);
            }
            catch (MongoException exception) when (attempt < MaxAttempts && (InsertFaults.IsInterruption(exception) || IsConflict(exception)))
            {
                // It is stored by now, or can be.
            }
        }
    }

    /// <summary>
    /// Finds feedback in the order in which it was added.
    /// </summary>
    public async Task<List<BsonDocument>> ListAsync(BsonDocument filter, int? limit, CancellationToken cancellationToken)
    {
        var options = new FindOptions<BsonDocument, BsonDocument> { Sort = InOrder, Limit = limit };
        using var cursor = await _listed.FindAsync(filter, options, cancellationToken).ConfigureAwait(false);
        return await cursor.ToListAsync(cancellationToken).ConfigureAwait(false);
    }

    public async Task<bool> DeleteOneAsync(BsonDocument filter, CancellationToken cancellationToken) =>
        (await collection.DeleteOneAsync(filter, cancellationToken).ConfigureAwait(false)).DeletedCount > 0;

    /// <summary>
    /// Keeps all feedback of a session until a time at least.
    /// </summary>
    public Task ExtendAsync(string sessionId, BsonDateTime expiry, CancellationToken cancellationToken) =>
        SessionContents.ExtendAsync(collection, FeedbackKeys.ToRange(sessionId), expiry, cancellationToken);

    /// <summary>
    /// Deletes all feedback of sessions whose first branch is below one.
    /// </summary>
    public Task DeleteAsync(string sessionId, int beforeFirst, CancellationToken cancellationToken) =>
        DeleteAllAsync(FeedbackKeys.ToRangeBelow(sessionId, beforeFirst), cancellationToken);

    /// <summary>
    /// Keeps all feedback of a session that is there for ever.
    /// </summary>
    public Task KeepAsync(string sessionId, CancellationToken cancellationToken) =>
        SessionContents.KeepAsync(collection, FeedbackKeys.ToRange(sessionId), cancellationToken);

    /// <summary>
    /// Counts all feedback of sessions whose first branch is below one.
    /// </summary>
    public Task<long> CountBelowAsync(string sessionId, int beforeFirst, CancellationToken cancellationToken) =>
        collection.CountDocumentsAsync(FeedbackKeys.ToRangeBelow(sessionId, beforeFirst), options: null, cancellationToken);

    /// <inheritdoc cref="SessionContents.FindAsync"/>
    public Task<StoredPlace?> FindAsync(SessionOwner owner, string? afterSessionId, CancellationToken cancellationToken) => SessionContents.FindAsync(
        collection, owner, afterSessionId, static id => FeedbackKeys.FindSession(id) ?? default, cancellationToken);

    /// <summary>
    /// Deletes feedback whose session does not tell of it.
    /// </summary>
    public Task DeleteAsync(string id, CancellationToken cancellationToken) => DeleteAllAsync(new BsonDocument(Fields.Id, id), cancellationToken);

    /// <summary>
    /// Reads the feedback of one session in the order in which it was added.
    /// </summary>
    public async IAsyncEnumerable<BsonDocument> ReadAsync(string sessionId, int first, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var options = new FindOptions<BsonDocument, BsonDocument> { Sort = InOrder, BatchSize = MessageCollection.CopyPage };
        using var cursor = await collection.FindAsync(FeedbackKeys.ToRangeOf(sessionId, first), options, cancellationToken).ConfigureAwait(false);
        while (await cursor.MoveNextAsync(cancellationToken).ConfigureAwait(false))
        {
            foreach (var feedback in cursor.Current)
            {
                yield return feedback;
            }
        }
    }

    /// <inheritdoc cref="FiledDocuments.TryInsertAsync"/>
    public Task<bool> TryImportAsync(string sessionId, IReadOnlyList<BsonDocument> page, CancellationToken cancellationToken) =>
        FiledDocuments.TryInsertAsync(collection, sessionId, page, cancellationToken);

    /// <summary>
    /// Counts the feedback of one session.
    /// </summary>
    public Task<long> CountAsync(string sessionId, int first, CancellationToken cancellationToken) =>
        collection.CountDocumentsAsync(FeedbackKeys.ToRangeOf(sessionId, first), options: null, cancellationToken);

    /// <summary>
    /// Deletes the feedback of a session that expires before a time.
    /// </summary>
    public Task DeleteExpiringAsync(string sessionId, DateTime limit, CancellationToken cancellationToken) =>
        DeleteAllAsync(FeedbackKeys.ToRange(sessionId).Add(Fields.ExpiresAt, new BsonDocument("$lt", limit)), cancellationToken);

    private Task DeleteAllAsync(BsonDocument filter, CancellationToken cancellationToken) => SessionContents.DeleteAllAsync(collection, filter, cancellationToken);

    private static bool IsConflict(MongoException exception) => exception is MongoCommandException { Code: 11000 or InsertFaults.WriteConflict };
}
