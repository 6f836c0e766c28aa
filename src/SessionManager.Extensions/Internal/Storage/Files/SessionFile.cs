using System.Globalization;
using System.Text;
using MongoDB.Bson;
using SessionManager.Internal.Storage.Documents;

namespace SessionManager.Internal.Storage.Files;

/// <summary>
/// The file of an export: its lines, and the form that stored documents have in it.
/// </summary>
internal static class SessionFile
{
    public const string Format = "session-manager";
    public const int Version = 1;

    // A line is an object with one of these.
    public const string FormatName = "format";
    public const string VersionName = "version";
    public const string Session = "session";
    public const string Message = "message";
    public const string Feedback = "feedback";
    public const string End = "end";
    public const string Deleted = "deleted";
    public const string Complete = "complete";

    // Of an end.
    public const string MessageCount = "messages";
    public const string FeedbackCount = "feedbacks";
    public const string SessionCount = "sessions";

    /// <summary>
    /// The longest line, in bytes: no document of the 16 MB that MongoDB allows takes as many.
    /// </summary>
    public const int MaxLine = 128 * 1024 * 1024;

    // The server's (https://www.mongodb.com/docs/manual/reference/limits/).
    private const int MaxDocument = 16 * 1024 * 1024;

    // What depends on where a session is, and on who uses it, is no part of it.
    public static IReadOnlyList<string> SessionState { get; } =
        [Fields.ExpiresAt, Fields.MessagesExpireAt, Fields.SweepAt, Fields.Deleted, Fields.Erasure, Fields.Hold, Fields.Assignment];

    private static readonly string[] SessionOrder =
    [
        Fields.Id, Fields.SessionId, Fields.Owner, Fields.ApplicationName, Fields.SessionType, Fields.SchemaVersion, Fields.CreatedAt, Fields.UpdatedAt,
        Fields.FirstBranch, Fields.NextBranch, Fields.Agents, Fields.Metadata,
    ];

    private static readonly string[] FeedbackOrder =
    [
        Fields.Id, Fields.SessionId, Fields.FirstBranch, Fields.User, Fields.CreatedAt, Fields.UpdatedAt, Fields.Feedback,
    ];

    private static readonly string[] MessageOrder =
    [
        Fields.Id, Fields.SessionId, Fields.AgentId, Fields.Position, Fields.Branch, Fields.Base, Fields.AppendId, Fields.Message, Fields.RedactMessage,
        Fields.CreatedAt, Fields.UpdatedAt, Fields.EventLoopMetrics, Fields.GuardrailEvent, Fields.ClaimedRequests, Fields.ReplacedMessages,
    ];

    /// <summary>
    /// Gets a session as it is in the file: without runs.
    /// </summary>
    public static BsonDocument ToSession(BsonDocument stored)
    {
        var session = ToOrdered(stored.Where(static field => !SessionState.Contains(field.Name)), SessionOrder);
        if (session.GetValue(Fields.Agents, BsonNull.Value) is BsonDocument agents)
        {
            session[Fields.Agents] = ToDocument(agents.Select(static agent => new BsonElement(agent.Name, ToAgent(agent.Value))));
        }

        return session;
    }

    /// <summary>
    /// Gets feedback as it is in the file.
    /// </summary>
    public static BsonDocument ToFeedback(BsonDocument stored) => ToOrdered(stored.Where(static field => field.Name != Fields.ExpiresAt), FeedbackOrder);

    /// <summary>
    /// Gets a message as it is in the file.
    /// </summary>
    public static BsonDocument ToMessage(BsonDocument stored)
    {
        var message = ToOrdered(stored.Where(static field => field.Name != Fields.ExpiresAt), MessageOrder);
        foreach (var name in (string[])[Fields.Position, Fields.Branch])
        {
            // Whatever numeric type another writer chose.
            if (message.TryGetValue(name, out var number) && MessageKeys.ToPosition(number) is { } position)
            {
                message[name] = position;
            }
        }

        return message;
    }

    /// <summary>
    /// Gets the size that a document from a file has in a database.
    /// </summary>
    /// <exception cref="FormatException">It has no form there.</exception>
    public static int GetSize(BsonDocument document)
    {
        int size;
        try
        {
            size = document.ToBson().Length;
        }
        catch (Exception e) when (e is BsonException or ArgumentException or InvalidOperationException)
        {
            throw new FormatException("The document is nested too deeply, or has a value that cannot be stored.");
        }

        return size <= MaxDocument
            ? size
            : throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"The document takes {size} bytes; a database holds {MaxDocument}."));
    }

    /// <summary>
    /// Gets the order of keys: that of their bytes, as a server has it.
    /// </summary>
    public static int CompareKeys(string a, string b) => Encoding.UTF8.GetBytes(a).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(b));

    private static BsonValue ToAgent(BsonValue agent) =>
        agent is BsonDocument fields ? ToDocument(fields.Where(static field => field.Name != Fields.Run)) : agent;

    // The same whatever order of updates has led to it. Fields that are not known come last.
    private static BsonDocument ToOrdered(IEnumerable<BsonElement> fields, string[] order) => ToDocument(fields
        .OrderBy(field => Array.IndexOf(order, field.Name) is >= 0 and var rank ? rank : order.Length)
        .ThenBy(field => order.Contains(field.Name) ? "" : field.Name, StringComparer.Ordinal));

    private static BsonDocument ToDocument(IEnumerable<BsonElement> fields)
    {
        var document = new BsonDocument { AllowDuplicateNames = true };
        document.AddRange(fields);
        return document;
    }
}
