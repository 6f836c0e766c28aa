using Microsoft.Extensions.AI;
using MongoDB.Bson;
using MongoDB.Bson.Serialization.Serializers;
using MongoDB.Driver;
using SessionManager.Internal.Shared;
using SessionManager.Internal.Storage.Documents;

namespace SessionManager.Internal.Storage.Mongo;

internal sealed partial class MessageCollection
{
    private static readonly BsonDocument MessageOnly = new() { { Fields.Position, 1 }, { Fields.Message, 1 } };

    private static readonly ProjectionDefinition<MessageDocument, RawBsonDocument> AsStored =
        Builders<MessageDocument>.Projection.As(RawBsonDocumentSerializer.Instance);

    // Results may be large, and are known by their calls.
    private readonly BsonDocumentProjectionDefinition<MessageDocument, SessionMessage> _identities = new(
        new BsonDocument { { Fields.ResultContentPath, 0 }, { Fields.EventLoopMetrics, 0 } }, new SessionMessageSerializer(codec, logger));

    private readonly SessionMessageSerializer _serializer = new(codec, logger);

    /// <summary>
    /// Claims a request for one of all who answer it.
    /// </summary>
    public async Task<bool> TryClaimAsync(string sessionId, AgentBranch branch, int position, string requestId, CancellationToken cancellationToken)
    {
        // A write to one document is atomic: the second one finds the request among those claimed
        // (https://www.mongodb.com/docs/manual/core/write-operations-atomicity/).
        // An id that is no well-formed text has none but this form in BSON.
        var id = Utf16.IsWellFormed(requestId) ? requestId : Utf16.ToJson(requestId);
        var filter = MessageKeys.ToFilter(sessionId, branch, position).Add(Fields.ClaimedRequests, new BsonDocument("$ne", id));
        var update = new BsonDocument("$push", new BsonDocument(Fields.ClaimedRequests, id));
        var result = await collection.UpdateOneAsync(filter, update, cancellationToken: cancellationToken).ConfigureAwait(false);
        return result.MatchedCount > 0;
    }

    /// <summary>
    /// Replaces the last message of an agent, and keeps what it was.
    /// </summary>
    public async Task<bool> TryReplaceLastAsync(string sessionId, AgentBranch branch, int position, ChatMessage message, CancellationToken cancellationToken)
    {
        var replacement = codec.Encode(message);
        if (position < branch.Start - 1)
        {
            // Others of the history stand behind it.
            return false;
        }

        var options = new FindOptions<MessageDocument, BsonDocument> { Projection = MessageOnly, Sort = NewestFirst, Limit = 1 };
        using var cursor = await collection.FindAsync(MessageKeys.ToRanges(sessionId, branch, position).Single(), options, cancellationToken).ConfigureAwait(false);
        var last = await cursor.SingleOrDefaultAsync(cancellationToken).ConfigureAwait(false);
        if (last is null || ToPosition(last, sessionId, branch.AgentId) != position)
        {
            return false;
        }

        // As it was found: two who replace it at once keep both what it was before.
        var now = new BsonDateTime(timeProvider.GetUtcNow().UtcDateTime);
        var filter = MessageKeys.ToFilter(sessionId, branch, position).Add(Fields.Message, last[Fields.Message]);
        var update = new BsonDocument
        {
            { "$set", new BsonDocument { { Fields.Message, replacement }, { Fields.UpdatedAt, now } } },
            {
                "$push",
                new BsonDocument(Fields.ReplacedMessages, new BsonDocument { { Fields.Message, last[Fields.Message] }, { Fields.ReplacedAt, now } })
            },
        };
        var result = await collection.UpdateOneAsync(filter, update, cancellationToken: cancellationToken).ConfigureAwait(false);
        return result.MatchedCount > 0;
    }

    /// <summary>
    /// Replaces a message that cannot be read, and keeps what it was.
    /// </summary>
    public async Task<bool> TryReplaceDamagedAsync(string sessionId, AgentBranch branch, int position, CancellationToken cancellationToken)
    {
        var options = new FindOptions<MessageDocument, RawBsonDocument> { Projection = AsStored };
        var filter = MessageKeys.ToFilter(sessionId, branch, position);
        using var cursor = await collection.FindAsync(filter, options, cancellationToken).ConfigureAwait(false);
        var stored = await cursor.SingleOrDefaultAsync(cancellationToken).ConfigureAwait(false);
        if (stored is null || _serializer.CanRead(stored))
        {
            return false;
        }

        // As it was found: every write to a message changes the time, and one may have put it right.
        filter.Add(Fields.UpdatedAt, new BsonDocument("$eq", stored.GetValue(Fields.UpdatedAt, BsonNull.Value)));
        var replacement = new DamagedMessage(stored).ToReplacement(codec, sessionId, branch, position, timeProvider.GetUtcNow());
        var documents = collection.Database.GetCollection<BsonDocument>(collection.CollectionNamespace.CollectionName);
        var result = await documents.ReplaceOneAsync(filter, replacement, cancellationToken: cancellationToken).ConfigureAwait(false);
        return result.MatchedCount > 0;
    }

    public async Task<IReadOnlyList<SessionMessage>> ListIdentitiesAsync(
        string sessionId, AgentBranch branch, int beforePosition, CancellationToken cancellationToken)
    {
        var options = new FindOptions<MessageDocument, SessionMessage> { Projection = _identities, Sort = OldestFirst, BatchSize = int.MaxValue };
        var identities = new List<SessionMessage>();
        foreach (var filter in MessageKeys.ToRanges(sessionId, branch, beforePosition: beforePosition))
        {
            using var cursor = await collection.FindAsync(filter, options, cancellationToken).ConfigureAwait(false);
            identities.AddRange(await cursor.ToListAsync(cancellationToken).ConfigureAwait(false));
        }

        return identities;
    }
}
