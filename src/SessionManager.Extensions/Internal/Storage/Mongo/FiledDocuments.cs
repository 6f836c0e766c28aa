using MongoDB.Bson;
using MongoDB.Driver;
using SessionManager.Internal.Storage.Documents;

namespace SessionManager.Internal.Storage.Mongo;

/// <summary>
/// Stores documents from a file, which an import that did not come to its end may have stored already.
/// </summary>
internal static class FiledDocuments
{
    private static readonly InsertManyOptions Unordered = new() { IsOrdered = false };

    /// <summary>
    /// Stores documents of a session, unless they are there already.
    /// </summary>
    /// <returns>False where another document has the place of one.</returns>
    public static async Task<bool> TryInsertAsync(
        IMongoCollection<BsonDocument> collection, string sessionId, IReadOnlyList<BsonDocument> page, CancellationToken cancellationToken)
    {
        try
        {
            await collection.InsertManyAsync(page, Unordered, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (MongoBulkWriteException<BsonDocument> e)
            when (e.WriteConcernError is null && e.WriteErrors.All(static error => error.Category == ServerErrorCategory.DuplicateKey))
        {
            return await AreStoredAsync(collection, sessionId, [.. e.WriteErrors.Select(error => page[error.Index])], cancellationToken).ConfigureAwait(false);
        }
    }

    // Which they are, but for how long they live, tells what they hold.
    private static async Task<bool> AreStoredAsync(
        IMongoCollection<BsonDocument> collection, string sessionId, List<BsonDocument> documents, CancellationToken cancellationToken)
    {
        var keys = new BsonDocument { { Fields.Id, new BsonDocument("$in", new BsonArray(documents.Select(static document => document[Fields.Id]))) }, { Fields.SessionId, sessionId } };
        using var cursor = await collection.FindAsync(keys, cancellationToken: cancellationToken).ConfigureAwait(false);
        var stored = (await cursor.ToListAsync(cancellationToken).ConfigureAwait(false)).ToDictionary(static document => document[Fields.Id].AsString, ToBytes, StringComparer.Ordinal);
        return documents.TrueForAll(document => stored.TryGetValue(document[Fields.Id].AsString, out var bytes) && bytes.AsSpan().SequenceEqual(ToBytes(document)));

        static byte[] ToBytes(BsonDocument document)
        {
            document.Remove(Fields.ExpiresAt);
            return document.ToBson();
        }
    }
}
