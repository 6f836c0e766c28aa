using Microsoft.Extensions.Logging.Abstractions;
using MongoDB.Bson;
using MongoDB.Bson.IO;
using SessionManager.Internal.Sessions;
using SessionManager.Internal.Shared;
using SessionManager.Internal.Storage.Documents;
using SessionManager.Internal.Storage.Documents.Values;

namespace SessionManager.Internal;

/// <summary>
/// What the migration needs to know of the layout that SessionManager.Extensions stores: the one file that reaches into it.
/// </summary>
internal static class TargetLayout
{
    public const int Version = SessionLayout.Version;

    private static readonly SessionMessageSerializer Reader = new(new ChatMessageCodec(), NullLogger.Instance);

    /// <summary>
    /// Gets the name of the collection that holds the messages beside a collection of sessions.
    /// </summary>
    public static string GetMessagesName(string collectionName) => collectionName + MongoNames.MessagesSuffix;

    /// <summary>
    /// Gets the name of the collection that holds the feedback beside a collection of sessions.
    /// </summary>
    public static string GetFeedbackName(string collectionName) => collectionName + MongoNames.FeedbackSuffix;

    /// <summary>
    /// Gets the <c>_id</c> of a message.
    /// </summary>
    public static string ToKey(string sessionId, string agentId, int position) => MessageKeys.ToKey(sessionId, agentId, branch: 0, position);

    /// <summary>
    /// Gets the filter for all messages of a session.
    /// </summary>
    public static BsonDocument ToMessages(string sessionId) => MessageKeys.ToRange(sessionId);

    /// <summary>
    /// Gets the filter for all feedback of a session.
    /// </summary>
    public static BsonDocument ToFeedback(string sessionId) => FeedbackKeys.ToRange(sessionId);

    /// <summary>
    /// Gets feedback as it is stored of a session whose first branch is 0, with an <c>_id</c> that lacks the id within the session.
    /// </summary>
    public static BsonDocument ToFeedback(string sessionId, BsonDocument entry, BsonDateTime createdAt) =>
        FeedbackDocument.Create(FeedbackKeys.ToFilter(sessionId, first: 0, id: ""), first: 0, userId: null, entry, createdAt);

    /// <summary>
    /// Gets the fields of an agent that say what lists show of its messages.
    /// </summary>
    /// <param name="messageCount">The number of them.</param>
    /// <param name="lastMessageAt">The time of the last one.</param>
    /// <param name="newestFirst">The messages as they are stored; no more are asked for than it takes.</param>
    public static IEnumerable<BsonElement> ToShown(int messageCount, BsonDateTime lastMessageAt, IEnumerable<RawBsonDocument> newestFirst) =>
        ShownDocument.GetFields(new ShownHistory
        {
            MessageCount = messageCount,
            LastMessageAt = DamagedFields.ToTime(lastMessageAt.MillisecondsSinceEpoch),
            Preview = newestFirst.Select(FindShown).FirstOrDefault(static shown => shown is not null),
        });

    /// <summary>
    /// Gets the preview that a message makes of those before it, or null where it leaves that.
    /// </summary>
    public static BsonDocument? ToPreview(RawBsonDocument message) => FindShown(message) is { } shown ? ShownDocument.ToBson(shown) : null;

    /// <summary>
    /// Gets the path of an agent's run, by the agent's element name.
    /// </summary>
    public static string ToRunPath(string agentName) => $"{Fields.Agents}.{agentName}.{Fields.Run}";

    /// <summary>
    /// Tells whether a document of the target is what stays of a deleted session for a time.
    /// </summary>
    public static bool IsTombstone(RawBsonDocument session) => TombstoneDocument.IsDeleted(session);

    /// <summary>
    /// Gets the element name that stands for any text: an agent's id, a tool's name, a segment of a metadata key.
    /// </summary>
    public static string ToName(string text) => BsonKeys.Encode(text);

    /// <summary>
    /// Gets the text that an element name stands for.
    /// </summary>
    public static string FromName(string name) => BsonKeys.Decode(name);

    /// <summary>
    /// Finds what makes an id, or a part of an owner, one that no session manager takes, or null.
    /// </summary>
    public static string? FindFault(string id) => Identifier.FindFault(id);

    /// <summary>
    /// Tells whether an id is one of a session without an owner: one that looks like the key of another must not become that.
    /// </summary>
    public static bool IsUnowned(string id) => SessionKey.TryParse(id, out var key) && key.Owner.IsNone;

    /// <summary>
    /// Gets the fields that say which session it is, and whose.
    /// </summary>
    public static BsonDocument ToIdentity(string key) => SessionDocument.ToIdentity(key);

    /// <summary>
    /// Reads metrics of any writer. A number of a wrong type is zero.
    /// </summary>
    public static EventLoopMetrics ReadMetrics(BsonDocument metrics)
    {
        using var reader = new BsonDocumentReader(metrics);
        return EventLoopMetricsDocument.Read(reader);
    }

    public static BsonDocument ToMetrics(EventLoopMetrics metrics) => EventLoopMetricsDocument.ToBson(metrics);

    /// <summary>
    /// Tells whether a message, or what it was redacted to, is one that can be read.
    /// </summary>
    public static bool CanRead(RawBsonDocument message) => Reader.CanRead(message);

    /// <summary>
    /// Reads a message as it is stored in the target, or null where it is damaged.
    /// </summary>
    public static SessionMessage? Read(RawBsonDocument message) => Reader.TryRead(message);

    /// <summary>
    /// Reads what is listed of a session.
    /// </summary>
    public static SessionInfo ReadInfo(BsonDocument session) => SessionDocument.ToInfo(session);

    /// <summary>
    /// Reads feedback as it is stored in the target.
    /// </summary>
    public static Feedback ReadFeedback(RawBsonDocument feedback, string sessionId) => FeedbackDocument.ReadStored(RawBson.Materialize(feedback), sessionId);

    /// <summary>
    /// Reads the configuration of an agent from its data.
    /// </summary>
    public static AgentConfig ReadConfig(BsonDocument agentData, string agentId)
    {
        DamagedFields damaged = default;
        return AgentDocument.ToConfig(agentData, agentId, ref damaged);
    }

    /// <summary>
    /// Tells whether a document without a version has the marks of Python's.
    /// </summary>
    public static bool IsPython(BsonDocument session) => SessionLayout.IsPython(session);

    private static ShownMessage? FindShown(RawBsonDocument message) => Reader.TryRead(message) is { } read ? ShownMessages.Find(read) : null;
}
