using System.Text;
using MongoDB.Bson;
using MongoDB.Bson.Serialization;
using MongoDB.Bson.Serialization.Serializers;

namespace SessionManager.Internal.Storage.Documents;

/// <summary>
/// Writes messages into their collection. They are read by <see cref="SessionMessageSerializer"/>.
/// </summary>
internal sealed class MessageDocumentSerializer : SerializerBase<MessageDocument>
{
    // Everything but the texts of _id and the two ids, the message and the metrics: document frame 5, _id 5+5, session_id
    // 12+5, agent_id 10+5, message_id 12+4, append_id 11+12, message 9, redact_message 16, created_at 12+8, updated_at 12+8;
    // event_loop_metrics 20; expires_at 12+8. Each name with type and NUL.
    private const int FixedSize = 5 + 10 + 17 + 15 + 16 + 23 + 9 + 16 + 20 + 20;
    private const int EventLoopMetricsSize = 20;
    private const int ExpiresAtSize = 20;

    // branch 7+5. base: 5+5, and frame 5; for each segment its index of up to 10 digits with type and NUL 12, frame 5, b 2+5, n 2+5. s 2+5.
    private const int BranchSize = 12;
    private const int BaseSize = 15 + 7;
    private const int SegmentSize = 31;

    // The server's limit for one document (https://www.mongodb.com/docs/manual/reference/limits/).
    private const int MaxDocumentSize = 16 * 1024 * 1024;

    /// <summary>
    /// Refuses a message that is larger than its collection can hold.
    /// </summary>
    /// <exception cref="MessageTooLargeException">It is too large.</exception>
    public static void ThrowIfTooLarge(MessageDocument document)
    {
        var size = GetSize(document);
        if (size > MaxDocumentSize)
        {
            throw new MessageTooLargeException(document.SessionId, document.AgentId, size, MaxDocumentSize);
        }
    }

    /// <summary>
    /// Gets the number of bytes that a message takes in its collection, or a few more where it stands on a branch of a branch.
    /// </summary>
    public static long GetSize(MessageDocument document) =>
        FixedSize
        + (document.EventLoopMetrics is { Slice.Length: var length } ? EventLoopMetricsSize + length : 0)
        + (document.ExpiresAt is null ? 0 : ExpiresAtSize)
        + (document.Branch.Number == 0 ? 0 : BranchSize)
        + (document.Branch.Base is { Count: > 0 and var segments } ? BaseSize + (Math.Min(segments, HistoryDocument.MaxMessageSegments) * SegmentSize) : 0)
        + Encoding.UTF8.GetByteCount(document.Id)
        + Encoding.UTF8.GetByteCount(document.SessionId)
        + Encoding.UTF8.GetByteCount(document.AgentId)
        + document.Message.Slice.Length;

    /// <inheritdoc/>
    public override void Serialize(BsonSerializationContext context, BsonSerializationArgs args, MessageDocument value)
    {
        var writer = context.Writer;
        writer.WriteStartDocument();
        writer.WriteName(Fields.Id);
        writer.WriteString(value.Id);
        writer.WriteName(Fields.SessionId);
        writer.WriteString(value.SessionId);
        writer.WriteName(Fields.AgentId);
        writer.WriteString(value.AgentId);
        writer.WriteName(Fields.Position);
        writer.WriteInt32(value.Position);
        HistoryDocument.Write(writer, value.Branch, value.Position);
        writer.WriteName(Fields.AppendId);
        writer.WriteObjectId(value.AppendId);
        writer.WriteName(Fields.Message);
        writer.WriteRawBsonDocument(value.Message.Slice);
        writer.WriteName(Fields.RedactMessage);
        writer.WriteNull();
        var createdAt = BsonUtils.ToMillisecondsSinceEpoch(value.CreatedAt);
        writer.WriteName(Fields.CreatedAt);
        writer.WriteDateTime(createdAt);
        writer.WriteName(Fields.UpdatedAt);
        writer.WriteDateTime(createdAt);
        if (value.EventLoopMetrics is { } metrics)
        {
            writer.WriteName(Fields.EventLoopMetrics);
            writer.WriteRawBsonDocument(metrics.Slice);
        }

        if (value.ExpiresAt is { } expiresAt)
        {
            writer.WriteName(Fields.ExpiresAt);
            writer.WriteDateTime(BsonUtils.ToMillisecondsSinceEpoch(expiresAt));
        }

        writer.WriteEndDocument();
    }
}
