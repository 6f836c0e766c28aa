using Microsoft.Extensions.AI;
using MongoDB.Bson;
using MongoDB.Bson.IO;
using MongoDB.Driver;
using SessionManager.Internal.Storage.Documents;

namespace SessionManager.Internal.Storage.Mongo;

internal sealed partial class MessageCollection
{
    // The trace may be large and hold what was redacted.
    private static readonly BsonDocument EventWithoutTrace = new()
    {
        { Fields.AgentId, 1 },
        { Fields.Position, 1 },
        { $"{Fields.GuardrailEvent}.{GuardrailEventDocument.Action}", 1 },
        { $"{Fields.GuardrailEvent}.{GuardrailEventDocument.Timestamp}", 1 },
        { $"{Fields.GuardrailEvent}.{GuardrailEventDocument.StopReason}", 1 },
        { $"{Fields.GuardrailEvent}.{GuardrailEventDocument.PoliciesTriggered}", 1 },
    };

    /// <summary>
    /// Redacts a message, or the latest one, and returns its position; null when there is none.
    /// </summary>
    public async Task<int?> RedactAsync(
        string sessionId,
        string agentId,
        int? position,
        ChatMessage redactMessage,
        RedactionDetails details,
        CancellationToken cancellationToken)
    {
        var now = new BsonDateTime(timeProvider.GetUtcNow().UtcDateTime);
        var redacted = codec.Encode(redactMessage);
        var set = new BsonDocument
        {
            { Fields.RedactMessage, redacted },
            { Fields.UpdatedAt, now },
            { Fields.GuardrailEvent, GuardrailEventDocument.ToBson(details, now) },
        };
        set.Add(Fields.Message, redacted, settings.EraseRedactedMessages);

        var update = new BsonDocument("$set", set);
        // What the message was before it was replaced is erased with it.
        update.Add("$unset", new BsonDocument(Fields.ReplacedMessages, ""), settings.EraseRedactedMessages);

        var filter = position is { } id ? MessageKeys.ToFilter(sessionId, agentId, id) : MessageKeys.ToRange(sessionId, agentId);
        var options = new FindOneAndUpdateOptions<MessageDocument, BsonDocument> { Projection = PositionOnly, Sort = NewestFirst };
        var found = await collection
            .FindOneAndUpdateAsync<BsonDocument>(filter, update, options, cancellationToken)
            .ConfigureAwait(false);
        return found?[Fields.Position].ToInt32();
    }

    public async Task<IReadOnlyList<GuardrailEvent>> ListGuardrailEventsAsync(string sessionId, CancellationToken cancellationToken)
    {
        var filter = new BsonDocument
        {
            { Fields.SessionId, sessionId },
            { Fields.GuardrailEvent, new BsonDocument("$exists", true) },
        };
        var options = new FindOptions<MessageDocument, BsonDocument>
        {
            Projection = EventWithoutTrace,
            Sort = new BsonDocument { { $"{Fields.GuardrailEvent}.{GuardrailEventDocument.Timestamp}", 1 } },
            BatchSize = int.MaxValue,
        };
        using var cursor = await collection.FindAsync(filter, options, cancellationToken).ConfigureAwait(false);
        var found = await cursor.ToListAsync(cancellationToken).ConfigureAwait(false);
        return [.. found.Select(ToEvent)];
    }

    private static GuardrailEvent ToEvent(BsonDocument message)
    {
        using var reader = new BsonDocumentReader(message[Fields.GuardrailEvent].AsBsonDocument);
        return GuardrailEventDocument.Read(reader) with
        {
            AgentId = message[Fields.AgentId].AsString,
            Position = message[Fields.Position].ToInt32(),
        };
    }
}
