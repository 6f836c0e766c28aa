using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using MongoDB.Bson;
using MongoDB.Bson.IO;
using MongoDB.Bson.Serialization;
using MongoDB.Bson.Serialization.Serializers;
using SessionManager.Internal.Diagnostics;
using SessionManager.Internal.Storage.Documents.Values;

namespace SessionManager.Internal.Storage.Documents;

/// <summary>
/// Reads messages from their collection. Fields that it does not know are skipped, so that no message is hidden by them.
/// </summary>
/// <remarks>
/// What makes a message, its agent, branch, position, role and content, must be there. Else <see cref="DamagedMessageException"/> is thrown.
/// Any other field that cannot be read is left at its default, and that is logged.
/// </remarks>
internal sealed class SessionMessageSerializer(ChatMessageCodec codec, ILogger logger) : SerializerBase<SessionMessage>
{
    private static readonly NameTable Names = new(
        Fields.Id, Fields.SessionId, Fields.AgentId, Fields.Position, Fields.Branch, Fields.Message, Fields.RedactMessage,
        Fields.EventLoopMetrics, Fields.GuardrailEvent, Fields.CreatedAt, Fields.UpdatedAt);

    /// <inheritdoc/>
    public override SessionMessage Deserialize(BsonDeserializationContext context, BsonDeserializationArgs args)
    {
        // Where the message begins is enough to read it once more, should it be damaged: a bookmark of the reader would be an
        // object for each message.
        var stream = (context.Reader as BsonBinaryReader)?.BsonStream;
        var start = stream?.Position ?? 0;
        DamagedFields damaged = default;
        SessionMessage message;
        try
        {
            message = Read(context.Reader, ref damaged);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            throw DamagedMessage.Read(stream, start).ToException(codec, e);
        }

        if (damaged.Any)
        {
            logger.MessageFieldsIgnored(SessionKey.Parse(DamagedMessage.Read(stream, start).SessionId).SessionId, message.AgentId, message.Position, damaged.ToString());
        }

        return message;
    }

    /// <summary>
    /// Tells whether a stored message can be read.
    /// </summary>
    public bool CanRead(RawBsonDocument stored) => TryRead(stored) is not null;

    /// <summary>
    /// Reads a stored message, or returns null where it is damaged.
    /// </summary>
    public SessionMessage? TryRead(RawBsonDocument stored)
    {
        using var stream = new ByteBufferStream(stored.Slice, ownsBuffer: false);
        using var reader = new BsonBinaryReader(stream);
        try
        {
            return Deserialize(BsonDeserializationContext.CreateRoot(reader), default);
        }
        catch (DamagedMessageException)
        {
            return null;
        }
    }

    private SessionMessage Read(IBsonReader reader, ref DamagedFields damaged)
    {
        string? agentId = null;
        int? position = null;
        int? branch = null;
        ChatMessage? message = null;
        ChatMessage? redactMessage = null;
        EventLoopMetrics? metrics = null;
        GuardrailEvent? guardrailEvent = null;
        DateTimeOffset createdAt = default;
        DateTimeOffset updatedAt = default;

        reader.ReadStartDocument();
        while (reader.ReadBsonType() != BsonType.EndOfDocument)
        {
            var field = reader.ReadName(Names);
            switch (field)
            {
                // Of a name that is stored twice the first one counts, as for whoever looks for it by its name.
                case Fields.AgentId when agentId is null:
                    agentId = reader.ReadString();
                    break;
                case Fields.Position when position is null:
                    position = MessageKeys.ReadPosition(reader, Fields.Position);
                    break;
                case Fields.Branch when branch is null:
                    branch = MessageKeys.ReadPosition(reader, Fields.Branch);
                    break;
                case Fields.Message when message is null:
                    message = codec.Decode(reader);
                    break;
                // Not left out when it is damaged: a redacted message must never show.
                case Fields.RedactMessage when redactMessage is null && reader.CurrentBsonType is not (BsonType.Null or BsonType.Undefined):
                    redactMessage = codec.Decode(reader);
                    break;
                case Fields.EventLoopMetrics when reader.CurrentBsonType == BsonType.Document:
                    metrics = EventLoopMetricsDocument.Read(reader, ref damaged);
                    break;
                case Fields.GuardrailEvent when reader.CurrentBsonType == BsonType.Document:
                    guardrailEvent = GuardrailEventDocument.Read(reader, ref damaged);
                    break;
                case Fields.EventLoopMetrics or Fields.GuardrailEvent:
                    damaged.Skip(reader, field);
                    break;
                case Fields.CreatedAt:
                    createdAt = damaged.ReadTime(reader, Fields.CreatedAt);
                    break;
                case Fields.UpdatedAt:
                    updatedAt = damaged.ReadTime(reader, Fields.UpdatedAt);
                    break;
                default:
                    reader.SkipValue();
                    break;
            }
        }

        reader.ReadEndDocument();
        agentId = agentId ?? throw Missing(Fields.AgentId);
        var id = position ?? throw Missing(Fields.Position);
        return new SessionMessage
        {
            AgentId = agentId,
            Position = id,
            Branch = branch ?? 0,
            Message = message ?? throw Missing(Fields.Message),
            RedactMessage = redactMessage,
            EventLoopMetrics = metrics,
            GuardrailEvent = guardrailEvent is null ? null : guardrailEvent with { AgentId = agentId, Position = id, Branch = branch ?? 0 },
            CreatedAt = createdAt,
            UpdatedAt = updatedAt,
        };
    }

    private static FormatException Missing(string field) => new($"A stored message has no field '{field}'.");
}
