using MongoDB.Bson;
using MongoDB.Bson.Serialization.Attributes;

namespace SessionManager.Internal.Storage.Documents;

/// <summary>
/// A message on its way into the messages collection.
/// </summary>
[BsonSerializer(typeof(MessageDocumentSerializer))]
internal sealed class MessageDocument
{
    private int _messageId;
    private string? _id;

    public string Id => _id ??= MessageKeys.ToKey(SessionId, AgentId, Position);

    // One per append, made by the client: it tells a message that is sent again from another one at the same position.
    public ObjectId AppendId { get; } = ObjectId.GenerateNewId();

    public required string SessionId { get; init; }

    public required string AgentId { get; init; }

    // Changes when another writer turns out to have taken it.
    public required int Position
    {
        get => _messageId;
        set => (_messageId, _id) = (value, null);
    }

    public required RawBsonDocument Message { get; init; }

    public required RawBsonDocument? EventLoopMetrics { get; init; }

    public required DateTime CreatedAt { get; init; }

    public required DateTime? ExpiresAt { get; init; }
}
