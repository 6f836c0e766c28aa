using MongoDB.Bson;
using MongoDB.Bson.IO;
using SessionManager.Internal.Storage.Documents;

namespace SessionManager.Internal.Storage.InMemory;

/// <content>
/// The document that a database would have of the message.
/// </content>
internal sealed partial record InMemoryMessage
{
    private static readonly string[] Known =
    [
        Fields.Id, Fields.SessionId, Fields.AgentId, Fields.Position, Fields.Branch, Fields.Base, Fields.AppendId, Fields.Message, Fields.RedactMessage,
        Fields.CreatedAt, Fields.UpdatedAt, Fields.EventLoopMetrics, Fields.GuardrailEvent, Fields.ClaimedRequests, Fields.ReplacedMessages,
    ];

    public BsonDocument ToDocument(string sessionId)
    {
        var document = new BsonDocument
        {
            AllowDuplicateNames = true,
        };
        document.Add(Fields.Id, MessageKeys.ToKey(sessionId, AgentId, Branch.Number, Position));
        document.Add(Fields.SessionId, sessionId);
        document.Add(Fields.AgentId, AgentId);
        document.Add(Fields.Position, Position);
        document.AddRange(ToPlace(Branch, Position));
        document.Add(Fields.AppendId, AppendId, !AppendId.IsBsonNull);
        document.Add(Fields.Message, Message);
        document.Add(Fields.RedactMessage, RedactMessage ?? (BsonValue)BsonNull.Value);
        document.Add(Fields.CreatedAt, CreatedAt);
        document.Add(Fields.UpdatedAt, UpdatedAt);
        document.Add(Fields.EventLoopMetrics, EventLoopMetrics, EventLoopMetrics is not null);
        document.Add(Fields.GuardrailEvent, GuardrailEvent, GuardrailEvent is not null);
        document.Add(Fields.ClaimedRequests, new BsonArray(ClaimedRequests), ClaimedRequests.Count > 0);
        document.Add(Fields.ReplacedMessages, ReplacedMessages, ReplacedMessages is not null);
        document.AddRange(Others);
        return document;
    }

    /// <summary>
    /// Makes the message of a document that a database has of it.
    /// </summary>
    /// <param name="document">The document.</param>
    /// <param name="branch">Its branch, with all that it goes on from.</param>
    /// <param name="position">Its position.</param>
    /// <exception cref="FormatException">A field of it is damaged.</exception>
    public static InMemoryMessage FromDocument(BsonDocument document, AgentBranch branch, int position)
    {
        var place = ToPlace(branch, position);
        if (document.GetValue(Fields.AgentId, BsonNull.Value) != branch.AgentId
            || MessageKeys.ToPosition(document.GetValue(Fields.Position, BsonNull.Value)) != position
            || document.GetValue(Fields.Base, BsonNull.Value) != place.GetValue(Fields.Base, BsonNull.Value)
            || (MessageKeys.ToPosition(document.GetValue(Fields.Branch, 0)) ?? -1) != branch.Number)
        {
            throw Damaged();
        }

        return new InMemoryMessage
        {
            Branch = branch,
            Position = position,
            AppendId = document.GetValue(Fields.AppendId, BsonNull.Value),
            Message = ToRaw(document.GetValue(Fields.Message, BsonNull.Value)) ?? throw Damaged(),
            RedactMessage = ToRaw(document.GetValue(Fields.RedactMessage, BsonNull.Value)),
            CreatedAt = document.GetValue(Fields.CreatedAt, BsonNull.Value) as BsonDateTime ?? throw Damaged(),
            UpdatedAt = document.GetValue(Fields.UpdatedAt, BsonNull.Value) as BsonDateTime ?? throw Damaged(),
            EventLoopMetrics = ToDocument(document.GetValue(Fields.EventLoopMetrics, BsonNull.Value)),
            GuardrailEvent = ToDocument(document.GetValue(Fields.GuardrailEvent, BsonNull.Value)),
            ClaimedRequests = [.. ToArray(document.GetValue(Fields.ClaimedRequests, BsonNull.Value))?.Select(static id => id is BsonString text ? text.Value : throw Damaged()) ?? []],
            ReplacedMessages = ToArray(document.GetValue(Fields.ReplacedMessages, BsonNull.Value)),
            Others = [.. document.Where(static field => !Known.Contains(field.Name))],
        };
    }

    private static BsonDocument ToPlace(AgentBranch branch, int position)
    {
        var place = new BsonDocument();
        using var writer = new BsonDocumentWriter(place);
        writer.WriteStartDocument();
        HistoryDocument.Write(writer, branch, position);
        writer.WriteEndDocument();
        return place;
    }

    private static RawBsonDocument? ToRaw(BsonValue value) => ToDocument(value) is { } document ? new RawBsonDocument(document.ToBson()) : null;

    private static BsonDocument? ToDocument(BsonValue value) => value as BsonDocument ?? (value.IsBsonNull ? null : throw Damaged());

    private static BsonArray? ToArray(BsonValue value) => value as BsonArray ?? (value.IsBsonNull ? null : throw Damaged());

    private static FormatException Damaged() => new("The message is damaged; only a database holds such a one.");
}
