using System.Runtime.CompilerServices;
using MongoDB.Bson;
using MongoDB.Driver;
using SessionManager.Internal.Storage.Documents;

namespace SessionManager.Internal.Storage.Mongo;

internal sealed partial class MessageCollection
{
    // Of the messages' encoding whatever can be read.
    private static readonly ProjectionDefinition<MessageDocument, BsonDocument> AsRead = Builders<MessageDocument>.Projection.As(StoredSessionSerializer.Instance);

    private IMongoCollection<BsonDocument> Documents => collection.Database.GetCollection<BsonDocument>(collection.CollectionNamespace.CollectionName);

    /// <summary>
    /// Reads all messages of a session, by their keys: those whose keys have a branch from one up to, but without, another.
    /// </summary>
    public async IAsyncEnumerable<BsonDocument> ReadAsync(
        string sessionId, int firstBranch, int beforeBranch, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var options = new FindOptions<MessageDocument, BsonDocument> { Projection = AsRead, Sort = OldestFirst, BatchSize = CopyPage };
        using var cursor = await collection.FindAsync(MessageKeys.ToRange(sessionId), options, cancellationToken).ConfigureAwait(false);
        while (await cursor.MoveNextAsync(cancellationToken).ConfigureAwait(false))
        {
            foreach (var message in cursor.Current)
            {
                // What is left of an earlier session is below, and what was appended to a branch that the session did not have when it was read, above.
                if (MessageKeys.FindBranch(message[Fields.Id].AsString) is { } branch && branch >= firstBranch && branch < beforeBranch)
                {
                    yield return message;
                }
            }
        }
    }

    /// <inheritdoc cref="FiledDocuments.TryInsertAsync"/>
    public Task<bool> TryImportAsync(string sessionId, IReadOnlyList<BsonDocument> page, CancellationToken cancellationToken) =>
        FiledDocuments.TryInsertAsync(Documents, sessionId, page, cancellationToken);

    /// <summary>
    /// Tells whether a session has messages on branches from one on.
    /// </summary>
    public async Task<bool> AnyAsync(string sessionId, int firstBranch, CancellationToken cancellationToken)
    {
        var options = new FindOptions<MessageDocument, BsonDocument> { Projection = PositionOnly, Limit = 1 };
        using var cursor = await collection.FindAsync(ToRangeFrom(sessionId, firstBranch), options, cancellationToken).ConfigureAwait(false);
        return await cursor.AnyAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Counts the messages of a session on branches from one on.
    /// </summary>
    public Task<long> CountFromAsync(string sessionId, int firstBranch, CancellationToken cancellationToken) =>
        collection.CountDocumentsAsync(ToRangeFrom(sessionId, firstBranch), options: null, cancellationToken);

    private static BsonDocument ToRangeFrom(string sessionId, int firstBranch) =>
        MessageKeys.ToRange(sessionId).Add(Fields.Branch, new BsonDocument("$gte", firstBranch), firstBranch > 0);
}
