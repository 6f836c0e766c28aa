using MongoDB.Bson;
using MongoDB.Driver;
using SessionManager.Internal.Storage.Documents;

namespace SessionManager.Internal.Storage.Mongo;

/// <summary>
/// What becomes of the documents that stand beside a session, of whatever kind.
/// </summary>
internal static class SessionContents
{
    private static readonly BsonDocument SessionIdOnly = new(Fields.SessionId, 1);
    private static readonly BsonDocument ById = new(Fields.Id, 1);

    /// <summary>
    /// Keeps documents until a time at least.
    /// </summary>
    public static Task ExtendAsync<T>(IMongoCollection<T> collection, BsonDocument filter, BsonDateTime expiry, CancellationToken cancellationToken) =>
        collection.UpdateManyAsync(filter, new BsonDocument("$max", new BsonDocument(Fields.ExpiresAt, expiry)), cancellationToken: cancellationToken);

    /// <summary>
    /// Keeps documents that are there for ever.
    /// </summary>
    public static Task KeepAsync<T>(IMongoCollection<T> collection, BsonDocument filter, CancellationToken cancellationToken) =>
        collection.UpdateManyAsync(
            new BsonDocument(filter).Add(Fields.ExpiresAt, new BsonDocument("$exists", true)),
            new BsonDocument("$unset", new BsonDocument(Fields.ExpiresAt, "")),
            cancellationToken: cancellationToken);

    /// <summary>
    /// Deletes documents until there is none.
    /// </summary>
    public static async Task DeleteAllAsync<T>(IMongoCollection<T> collection, BsonDocument filter, CancellationToken cancellationToken)
    {
        // While a sharded cluster moves documents, one command may miss some
        // (https://www.mongodb.com/docs/manual/reference/command/delete/#sharded-collections).
        DeleteResult result;
        do
        {
            result = await collection.DeleteManyAsync(filter, cancellationToken).ConfigureAwait(false);
        }
        while (result.DeletedCount > 0);
    }

    /// <summary>
    /// Finds the first document of an owner's, or the first that follows all of one session, whether sessions are there or not.
    /// </summary>
    /// <param name="collection">The collection, whose keys begin with the session's.</param>
    /// <param name="owner">The owner.</param>
    /// <param name="afterSessionId">The session, or null.</param>
    /// <param name="readKey">Reads the session in a key, or null, and the branch.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>Null where there is none.</returns>
    public static async Task<StoredPlace?> FindAsync<T>(
        IMongoCollection<T> collection, SessionOwner owner, string? afterSessionId, Func<string, (string? SessionId, int Branch)> readKey, CancellationToken cancellationToken)
    {
        var options = new FindOptions<T, BsonDocument> { Projection = SessionIdOnly, Sort = ById, Limit = 1 };
        using var cursor = await collection.FindAsync(MessageKeys.ToRange(owner, afterSessionId), options, cancellationToken).ConfigureAwait(false);
        if (await cursor.SingleOrDefaultAsync(cancellationToken).ConfigureAwait(false) is not { } found)
        {
            return null;
        }

        var id = found[Fields.Id].AsString;
        var (sessionId, branch) = readKey(id);
        return new StoredPlace(id, sessionId is not null && found.GetValue(Fields.SessionId, BsonNull.Value) == sessionId ? sessionId : null, branch);
    }
}
