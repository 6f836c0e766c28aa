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

    /// <summary>
    /// Stores messages from a file, unless they are there already.
    /// </summary>
    /// <returns>False where another message has the place of one.</returns>
    public async Task<bool> TryImportAsync(string sessionId, IReadOnlyList<BsonDocument> page, CancellationToken cancellationToken)
    {
        if (lifetime is not null)
        {
            var expiresAt = lifetime.GetMessagesExpiry(sessionId, timeProvider.GetUtcNow().UtcDateTime);
            foreach (var message in page)
            {
                message[Fields.ExpiresAt] = expiresAt;
            }
        }

        try
        {
            await Documents.InsertManyAsync(page, CopyOptions, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (MongoBulkWriteException<BsonDocument> e)
            when (e.WriteConcernError is null && e.WriteErrors.All(static error => error.Category == ServerErrorCategory.DuplicateKey))
        {
            return await AreStoredAsync(sessionId, [.. e.WriteErrors.Select(error => page[error.Index])], cancellationToken).ConfigureAwait(false);
        }
    }

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

    // Which they are, but for how long they live, tells what they hold.
    private async Task<bool> AreStoredAsync(string sessionId, List<BsonDocument> messages, CancellationToken cancellationToken)
    {
        var keys = new BsonDocument { { Fields.Id, new BsonDocument("$in", new BsonArray(messages.Select(static message => message[Fields.Id]))) }, { Fields.SessionId, sessionId } };
        using var cursor = await Documents.FindAsync(keys, cancellationToken: cancellationToken).ConfigureAwait(false);
        var stored = (await cursor.ToListAsync(cancellationToken).ConfigureAwait(false)).ToDictionary(static message => message[Fields.Id].AsString, ToBytes, StringComparer.Ordinal);
        return messages.TrueForAll(message => stored.TryGetValue(message[Fields.Id].AsString, out var bytes) && bytes.AsSpan().SequenceEqual(ToBytes(message)));

        static byte[] ToBytes(BsonDocument message)
        {
            message.Remove(Fields.ExpiresAt);
            return message.ToBson();
        }
    }
}
