using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging.Abstractions;
using MongoDB.Bson;
using MongoDB.Bson.IO;
using MongoDB.Driver;
using SessionManager.Internal.Shared;
using SessionManager.Internal.Storage.Documents;
using SessionManager.Internal.Storage.Documents.Values;
using SessionManager.Internal.Storage.Mongo;

namespace SessionManager.Tool;

/// <summary>
/// What the tool needs to know of the stored layout: the one file that reaches into SessionManager.Extensions.
/// </summary>
internal static class StoredLayout
{
    public const long Version = SessionLayout.Version;

    private static readonly ChatMessageCodec Codec = new();
    private static readonly SessionMessageSerializer Reader = new(Codec, NullLogger.Instance);

    public static string GetMessagesName(string collectionName) => collectionName + MongoNames.MessagesSuffix;

    public static string GetFeedbackName(string collectionName) => collectionName + MongoNames.FeedbackSuffix;

    public static string ToKey(StoredKey key) => MessageKeys.ToKey(key.SessionId, key.AgentId, key.Branch, key.Position);

    public static BsonDocument ToMessages(string sessionId) => MessageKeys.ToRange(sessionId);

    /// <summary>
    /// Gets the filter for all messages of a session on branches below one.
    /// </summary>
    public static BsonDocument ToMessages(string sessionId, int beforeBranch) => MessageKeys.ToRangeBelow(sessionId, beforeBranch);

    /// <summary>
    /// Gets the filter for an agent's messages that stand on a branch itself.
    /// </summary>
    public static BsonDocument ToMessages(string sessionId, string agentId, int branch) => MessageKeys.ToRange(sessionId, agentId, branch, branch + 1);

    /// <summary>
    /// Gets the filter for an agent's messages that stand on a branch itself, from a position on.
    /// </summary>
    public static BsonDocument ToMessages(string sessionId, string agentId, int branch, int fromPosition) =>
        MessageKeys.ToOwnRange(sessionId, new AgentBranch(agentId, branch), fromPosition);

    /// <summary>
    /// Gets the filter for all messages of an owner, whatever has become of their sessions.
    /// </summary>
    public static BsonDocument ToMessages(SessionOwner owner) => MessageKeys.ToRange(owner, afterSessionId: null);

    /// <summary>
    /// Gets the filter for the sessions of an owner.
    /// </summary>
    public static BsonDocument ToSessions(SessionOwner owner) => new()
    {
        { Fields.Id, OwnerDocument.ToRange(owner) },
        { Fields.Deleted, new BsonDocument("$exists", false) },
    };

    /// <summary>
    /// Gets the filter for the sessions that nobody owns, behind one in the order of their keys.
    /// </summary>
    public static BsonDocument ToUnowned(BsonValue afterId) => new()
    {
        { Fields.Id, new BsonDocument { { "$gt", afterId }, { "$type", "string" } } },
        { Fields.Owner, new BsonDocument("$exists", false) },
        { Fields.Deleted, new BsonDocument("$exists", false) },
    };

    /// <summary>
    /// Gets the filter for one message.
    /// </summary>
    public static BsonDocument ToMessage(string sessionId, string agentId, int branch, int position) =>
        MessageKeys.ToFilter(sessionId, new AgentBranch(agentId, branch), position);

    /// <summary>
    /// Gets the filter for all feedback under the id of a session, or that of sessions from one on.
    /// </summary>
    public static BsonDocument ToFeedback(string sessionId, int fromFirst) => FeedbackKeys.ToRange(sessionId, fromFirst);

    /// <summary>
    /// Gets the filter for all feedback of earlier sessions of the same id.
    /// </summary>
    public static BsonDocument ToFeedbackBelow(string sessionId, int beforeFirst) => FeedbackKeys.ToRangeBelow(sessionId, beforeFirst);

    /// <summary>
    /// Gets the message that takes a position which has none, as the library's own for a damaged one.
    /// </summary>
    public static RawBsonDocument ToPlaceholder(string sessionId, AgentBranch branch, int position, DateTimeOffset now) => new(new MessageDocument
    {
        SessionId = sessionId,
        Branch = branch,
        Position = position,
        Message = Codec.Encode(DamagedMessage.CreatePlaceholder(ChatRole.Assistant)),
        EventLoopMetrics = null,
        CreatedAt = now.UtcDateTime,
        ExpiresAt = null,
    }.ToBson());

    /// <summary>
    /// Gets the name of the index of a field of metadata.
    /// </summary>
    public static string ToMetadataIndex(string field) => $"{MetadataPaths.ToPath(field)}_1";

    public static string ToAgentId(string name) => BsonKeys.Decode(name);

    /// <summary>
    /// Finds what makes the id of an agent one that no session manager takes, or null.
    /// </summary>
    public static string? FindFault(string id) => Identifier.FindFault(id);

    /// <summary>
    /// Tells whether a session manager takes the id that a session has in its collection.
    /// </summary>
    public static bool IsSessionId(string id) => SessionKey.TryParse(id, out _);

    /// <summary>
    /// Reads session, agent, branch and position from the key of a message, or null where it is none.
    /// </summary>
    /// <remarks>Nothing can ask for the messages of an id that no session manager takes: they are none of its messages.</remarks>
    public static StoredKey? ParseKey(BsonValue key) =>
        key is BsonString { Value: var text }
        && MessageKeys.FindSessionId(text) is { } sessionId && IsSessionId(sessionId)
        && MessageKeys.FindAgentId(text) is { } agentId && FindFault(agentId) is null
        && MessageKeys.FindBranch(text) is { } branch && MessageKeys.FindPosition(text) is { } position
        && MessageKeys.ToKey(sessionId, agentId, branch, position) == text
            ? new StoredKey(sessionId, agentId, branch, position)
            : null;

    /// <summary>
    /// Reads session, first branch and id from the key of feedback, or null where it is none.
    /// </summary>
    public static StoredFeedbackKey? ParseFeedbackKey(BsonValue key) =>
        key is BsonString { Value: var text }
        && FeedbackKeys.FindSession(text) is var (sessionId, first) && IsSessionId(sessionId)
        && FeedbackKeys.Shift(text, sessionId, first, shift: 0) == text
            ? new StoredFeedbackKey(sessionId, first, FeedbackKeys.FindId(key, sessionId)!)
            : null;

    public static string ToKey(StoredFeedbackKey key) => FeedbackKeys.ToFilter(key.SessionId, key.First, key.Id)[Fields.Id].AsString;

    /// <summary>
    /// Finds the user in the key of feedback; null where it names none.
    /// </summary>
    public static string? FindUser(StoredFeedbackKey key) => FeedbackKeys.FindUser(key.Id);

    /// <summary>
    /// Reads the branch that a message says it stands on, or null where it cannot be read.
    /// </summary>
    /// <param name="message">The message.</param>
    /// <param name="agentId">The id of the agent.</param>
    /// <param name="find">Finds an earlier branch, whose message names the parts that this one does not.</param>
    public static AgentBranch? FindBranch(BsonDocument message, string agentId, Func<int, AgentBranch?> find)
    {
        try
        {
            var branch = HistoryDocument.ReadBranch(message);
            return branch.Start == 0 ? new AgentBranch(agentId, branch.Number, branch.Segments)
                : find(branch.Segments[0].Branch) is { } earlier ? new AgentBranch(agentId, branch.Number, [.. earlier.Base, .. branch.Segments])
                : null;
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException)
        {
            return null;
        }
    }

    /// <summary>
    /// Gets the fields of a message at a position that say on which branch it stands: none for branch 0.
    /// </summary>
    public static BsonDocument ToFields(AgentBranch branch, int position)
    {
        var fields = new BsonDocument();
        using var writer = new BsonDocumentWriter(fields);
        writer.WriteStartDocument();
        HistoryDocument.Write(writer, branch, position);
        writer.WriteEndDocument();
        return fields;
    }

    /// <summary>
    /// Reads the history of an agent from what is stored of it in its session, or null where it cannot be told.
    /// </summary>
    public static StoredHistory? FindHistory(BsonDocument session, BsonDocument agent, string agentId)
    {
        try
        {
            DamagedFields damaged = default;
            return HistoryDocument.Read(session, agent, agentId, ref damaged);
        }
        catch (DamagedSessionException)
        {
            return null;
        }
    }

    /// <summary>
    /// Reads the latest run of an agent, or null where there is none.
    /// </summary>
    public static StoredRun? FindRun(BsonDocument agent)
    {
        DamagedFields damaged = default;
        return RunDocument.Read(agent, ref damaged);
    }

    /// <summary>
    /// Gets the branch below which nothing belongs to a session, or to a deleted one.
    /// </summary>
    public static int GetFirstBranch(BsonDocument session) => IsTombstone(session) ? HistoryDocument.ReadNext(session) : HistoryDocument.ReadFirst(session);

    /// <summary>
    /// Tells whether a document is what stays of a deleted session for a time.
    /// </summary>
    public static bool IsTombstone(BsonDocument session) => TombstoneDocument.IsDeleted(session);

    /// <summary>
    /// Finds a time; null for what is none, or is beyond the years that there are here.
    /// </summary>
    public static DateTimeOffset? FindTime(BsonDocument document, string field) =>
        document.GetValue(field, BsonNull.Value) is BsonDateTime time ? DamagedFields.ToTime(time.MillisecondsSinceEpoch) : null;

    /// <summary>
    /// Gets the position that a message has in its field, or null.
    /// </summary>
    public static int? GetPosition(BsonDocument message) => message.TryGetValue(Fields.Position, out var position) ? MessageKeys.ToPosition(position) : null;

    public static bool CanRead(RawBsonDocument message) => Reader.CanRead(message);

    /// <inheritdoc cref="SessionContents.DeleteAllAsync"/>
    public static Task DeleteAllAsync(IMongoCollection<RawBsonDocument> collection, BsonDocument filter, CancellationToken cancellationToken) =>
        SessionContents.DeleteAllAsync(collection, filter, cancellationToken);

    /// <summary>
    /// Tells whether a version is the one that this release knows.
    /// </summary>
    public static bool IsKnown(BsonValue version) => SessionLayout.IsKnown(version);

    /// <summary>
    /// Finds the owner to be of a session that waits for it; null where it does not wait.
    /// </summary>
    public static SessionOwner? FindAssignment(BsonDocument session) =>
        AssignmentDocument.Find(session) is { } assignment ? SessionKey.Parse(AssignmentDocument.GetTarget(assignment)).Owner : null;

    /// <summary>
    /// Tells whether a document without a version has the marks of the Python library.
    /// </summary>
    public static bool IsPython(BsonDocument session) => SessionLayout.IsPython(session);
}
