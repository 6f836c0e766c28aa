using Microsoft.Extensions.AI;
using MongoDB.Bson;
using MongoDB.Bson.IO;
using MongoDB.Bson.Serialization;
using MongoDB.Bson.Serialization.Serializers;
using SessionManager.Internal.Storage.Documents.Values;

namespace SessionManager.Internal.Storage.Documents;

/// <summary>
/// Reads messages from their collection. Fields that it does not know are skipped, so that no message is hidden by them.
/// </summary>
internal sealed class SessionMessageSerializer(ChatMessageCodec codec) : SerializerBase<SessionMessage>
{
    private static readonly NameTable Names = new(
        Fields.Id, Fields.SessionId, Fields.AgentId, Fields.Position, Fields.Message, Fields.RedactMessage,
        Fields.EventLoopMetrics, Fields.CreatedAt, Fields.UpdatedAt);

    /// <inheritdoc/>
    public override SessionMessage Deserialize(BsonDeserializationContext context, BsonDeserializationArgs args)
    {
        var reader = context.Reader;
        string? agentId = null;
        int? position = null;
        ChatMessage? message = null;
        ChatMessage? redactMessage = null;
        EventLoopMetrics? metrics = null;
        GuardrailEvent? guardrailEvent = null;
        DateTimeOffset createdAt = default;
        DateTimeOffset updatedAt = default;

        reader.ReadStartDocument();
        while (reader.ReadBsonType() != BsonType.EndOfDocument)
        {
            switch (reader.ReadName(Names))
            {
                case Fields.AgentId:
                    agentId = reader.ReadString();
                    break;
                case Fields.Position:
                    position = (int)BsonNumbers.ReadInt64(reader);
                    break;
                case Fields.Message:
                    message = codec.Decode(reader);
                    break;
                case Fields.RedactMessage when reader.CurrentBsonType == BsonType.Document:
                    redactMessage = codec.Decode(reader);
                    break;
                case Fields.EventLoopMetrics when reader.CurrentBsonType == BsonType.Document:
                    metrics = EventLoopMetricsDocument.Read(reader);
                    break;
                case Fields.GuardrailEvent when reader.CurrentBsonType == BsonType.Document:
                    guardrailEvent = GuardrailEventDocument.Read(reader);
                    break;
                case Fields.CreatedAt:
                    createdAt = ReadTime(reader);
                    break;
                case Fields.UpdatedAt:
                    updatedAt = ReadTime(reader);
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
            Message = message ?? throw Missing(Fields.Message),
            RedactMessage = redactMessage,
            EventLoopMetrics = metrics,
            GuardrailEvent = guardrailEvent is null ? null : guardrailEvent with { AgentId = agentId, Position = id },
            CreatedAt = createdAt,
            UpdatedAt = updatedAt,
        };
    }

    private static DateTimeOffset ReadTime(IBsonReader reader) => DateTimeOffset.FromUnixTimeMilliseconds(reader.ReadDateTime());

    private static FormatException Missing(string field) => new($"A stored message has no field '{field}'.");
}
