using Microsoft.Extensions.AI;
using MongoDB.Bson;
using MongoDB.Bson.IO;
using MongoDB.Driver;
using SessionManager.Internal.Diagnostics;
using SessionManager.Internal.Storage.Documents;

namespace SessionManager.Internal.Storage.Mongo;

internal sealed partial class MessageCollection
{
    // The trace may be large and hold what was redacted.
    private static readonly BsonDocument EventWithoutTrace = new()
    {
        { Fields.AgentId, 1 },
        { Fields.Position, 1 },
        { Fields.Branch, 1 },
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
        AgentBranch branch,
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

        var filters = position is { } id ? [MessageKeys.ToFilter(sessionId, branch, id)] : ToFilters(sessionId, branch, LatestFirst);
        var options = new FindOneAndUpdateOptions<MessageDocument, BsonDocument> { Projection = PositionOnly, Sort = NewestFirst };
        foreach (var filter in filters)
        {
            if (await collection.FindOneAndUpdateAsync<BsonDocument>(filter, update, options, cancellationToken).ConfigureAwait(false) is { } found)
            {
                return ToPosition(found, sessionId, branch.AgentId);
            }
        }

        return null;
    }

    public async Task<IReadOnlyList<GuardrailEvent>> ListGuardrailEventsAsync(string sessionId, int firstBranch, CancellationToken cancellationToken)
    {
        var filter = new BsonDocument
        {
            { Fields.SessionId, sessionId },
            { Fields.GuardrailEvent, new BsonDocument("$exists", true) },
            { Fields.Branch, new BsonDocument("$gte", firstBranch), firstBranch > 0 },
        };
        var options = new FindOptions<MessageDocument, BsonDocument>
        {
            Projection = EventWithoutTrace,
            Sort = new BsonDocument { { $"{Fields.GuardrailEvent}.{GuardrailEventDocument.Timestamp}", 1 } },
            BatchSize = int.MaxValue,
        };
        using var cursor = await collection.FindAsync(filter, options, cancellationToken).ConfigureAwait(false);
        var found = await cursor.ToListAsync(cancellationToken).ConfigureAwait(false);
        return [.. found.Select(message => ToEvent(message, sessionId)).OfType<GuardrailEvent>()];
    }

    // Null where it is no event of a message that could be named.
    private GuardrailEvent? ToEvent(BsonDocument message, string sessionId)
    {
        DamagedFields damaged = default;
        var agentId = message.GetValue(Fields.AgentId, BsonNull.Value) is BsonString id
            ? id.Value
            : MessageKeys.FindAgentId(message[Fields.Id] is BsonString key ? key.Value : null);
        var position = MessageKeys.FindPosition(message);
        GuardrailEvent? read = null;
        if (message.GetValue(Fields.GuardrailEvent, BsonNull.Value) is BsonDocument stored && agentId is not null && position is { } at)
        {
            using var reader = new BsonDocumentReader(stored);
            read = GuardrailEventDocument.Read(reader, ref damaged) with
            {
                AgentId = agentId,
                Position = at,
                Branch = MessageKeys.ToPosition(message.GetValue(Fields.Branch, BsonNull.Value)) ?? 0,
            };
        }
        else
        {
            damaged.Add(Fields.GuardrailEvent);
        }

        if (damaged.Any)
        {
            logger.MessageFieldsIgnored(SessionKey.Parse(sessionId).SessionId, agentId, position, damaged.ToString());
        }

        return read;
    }
}
