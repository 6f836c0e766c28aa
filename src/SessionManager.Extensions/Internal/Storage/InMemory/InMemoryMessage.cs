using System.Collections.Immutable;
using MongoDB.Bson;
using MongoDB.Bson.IO;
using SessionManager.Internal.Storage.Documents;
using SessionManager.Internal.Storage.Documents.Contents;

namespace SessionManager.Internal.Storage.InMemory;

/// <summary>
/// A message as it would be stored: encoded, so that it shares no object with the caller that appended it. An update
/// makes a new one.
/// </summary>
internal sealed partial record InMemoryMessage
{
    public required AgentBranch Branch { get; init; }

    public string AgentId => Branch.AgentId;

    public required int Position { get; init; }

    public required RawBsonDocument Message { get; init; }

    public RawBsonDocument? RedactMessage { get; init; }

    public ImmutableList<string> ClaimedRequests { get; init; } = [];

    public required BsonValue AppendId { get; init; }

    /// <summary>
    /// Gets what the message was before it was replaced; null where it never was.
    /// </summary>
    public BsonArray? ReplacedMessages { get; init; }

    public BsonDocument? EventLoopMetrics { get; init; }

    public BsonDocument? GuardrailEvent { get; init; }

    public required BsonDateTime CreatedAt { get; init; }

    public required BsonDateTime UpdatedAt { get; init; }

    /// <summary>
    /// Gets the fields of other programs that came with the message from a file.
    /// </summary>
    public BsonDocument Others { get; init; } = [];

    /// <summary>
    /// Gets the id that its client has given the message, or null.
    /// </summary>
    public string? ClientId => Find(Find(Find(Message, MessageNames.Metadata), MessageNames.Custom), MessageNames.MessageId) is BsonString id ? id.Value : null;

    public SessionMessage ToSessionMessage(ChatMessageCodec codec) => new()
    {
        AgentId = AgentId,
        Position = Position,
        Branch = Branch.Number,
        Message = codec.Decode(Message),
        RedactMessage = RedactMessage is null ? null : codec.Decode(RedactMessage),
        EventLoopMetrics = ReadMetrics(),
        GuardrailEvent = ReadGuardrailEvent(),
        CreatedAt = ToTime(CreatedAt),
        UpdatedAt = ToTime(UpdatedAt),
    };

    public EventLoopMetrics? ReadMetrics()
    {
        if (EventLoopMetrics is null)
        {
            return null;
        }

        using var reader = new BsonDocumentReader(EventLoopMetrics);
        return EventLoopMetricsDocument.Read(reader);
    }

    public GuardrailEvent? ReadGuardrailEvent()
    {
        if (GuardrailEvent is null)
        {
            return null;
        }

        using var reader = new BsonDocumentReader(GuardrailEvent);
        return GuardrailEventDocument.Read(reader) with { AgentId = AgentId, Position = Position, Branch = Branch.Number };
    }

    private static BsonValue? Find(BsonValue? document, string name) => document is BsonDocument fields ? fields.GetValue(name, BsonNull.Value) : null;

    private static DateTimeOffset ToTime(BsonDateTime time) => DateTimeOffset.FromUnixTimeMilliseconds(time.MillisecondsSinceEpoch);
}
