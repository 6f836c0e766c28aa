using MongoDB.Bson;
using SessionManager.Internal.Storage.Documents;

namespace SessionManager.Internal.Storage.Mongo;

internal sealed partial class MessageCollection
{
    /// <summary>
    /// Keeps all messages of a session until a time at least.
    /// </summary>
    public Task ExtendAsync(string sessionId, BsonDateTime expiry, CancellationToken cancellationToken) =>
        collection.UpdateManyAsync(
            MessageKeys.ToRange(sessionId),
            new BsonDocument("$max", new BsonDocument(Fields.ExpiresAt, expiry)),
            cancellationToken: cancellationToken);

    /// <summary>
    /// Deletes all messages of a session.
    /// </summary>
    public Task DeleteAsync(string sessionId, CancellationToken cancellationToken) =>
        collection.DeleteManyAsync(MessageKeys.ToRange(sessionId), cancellationToken);

    /// <summary>
    /// Deletes the messages of a session that expire before a time.
    /// </summary>
    public Task DeleteExpiringAsync(string sessionId, DateTime limit, CancellationToken cancellationToken) =>
        collection.DeleteManyAsync(MessageKeys.ToRange(sessionId).Add(Fields.ExpiresAt, new BsonDocument("$lt", limit)), cancellationToken);
}
