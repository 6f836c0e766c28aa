using Microsoft.Extensions.AI;
using MongoDB.Bson;
using MongoDB.Bson.Serialization.Attributes;
using SessionManager.Internal.Shared;

namespace SessionManager.Internal.Storage.Documents;

/// <summary>
/// A message on its way into the messages collection.
/// </summary>
[BsonSerializer(typeof(MessageDocumentSerializer))]
internal sealed class MessageDocument
{
    private int _position;
    private string? _id;

    public string Id => _id ??= MessageKeys.ToKey(SessionId, AgentId, Branch.Number, Position);

    // One per append, made by the client: it tells a message that is sent again from another one at the same position.
    public ObjectId AppendId { get; } = ObjectId.GenerateNewId();

    public required string SessionId { get; init; }

    public required AgentBranch Branch { get; init; }

    public string AgentId => Branch.AgentId;

    // Changes when another writer turns out to have taken it.
    public required int Position
    {
        get => _position;
        set => (_position, _id) = (value, null);
    }

    public required RawBsonDocument Message { get; init; }

    /// <summary>
    /// Gets the bytes of the message, which are nearly all of the document's.
    /// </summary>
    public int Size => Message.Slice.Length;

    public required RawBsonDocument? EventLoopMetrics { get; init; }

    public required DateTime CreatedAt { get; init; }

    public required DateTime? ExpiresAt { get; init; }

    /// <summary>
    /// Creates the documents of messages that are appended together, numbered from a position on. The metrics go with the one
    /// that ends the turn.
    /// </summary>
    /// <exception cref="MessageTooLargeException">One of them does not fit into a document.</exception>
    public static MessageDocument[] CreateAll(
        string sessionId,
        AgentBranch branch,
        IReadOnlyList<ChatMessage> messages,
        int firstPosition,
        EventLoopMetrics? metrics,
        ChatMessageCodec codec,
        DateTime createdAt,
        DateTime? expiresAt)
    {
        var turnEnd = metrics is null ? -1 : TurnEnd.IndexIn(messages);
        var documents = new MessageDocument[messages.Count];
        for (var i = 0; i < documents.Length; i++)
        {
            documents[i] = new MessageDocument
            {
                SessionId = sessionId,
                Branch = branch,
                Position = firstPosition + i,
                Message = codec.Encode(messages[i]),
                EventLoopMetrics = i == turnEnd ? EventLoopMetricsDocument.ToRawBson(metrics!) : null,
                CreatedAt = createdAt,
                ExpiresAt = expiresAt,
            };
            MessageDocumentSerializer.ThrowIfTooLarge(documents[i]);
        }

        return documents;
    }
}
