using MongoDB.Bson;
using SessionManager.Internal.Shared;
using SessionManager.Internal.Storage.Documents.Values;

namespace SessionManager.Internal.Storage.Documents;

/// <summary>
/// The stored form of <see cref="Feedback"/>: a document with the entry and what is known of it. In an earlier layout the entry alone, with the
/// time of its addition, was one of a session's <c>feedbacks</c>.
/// </summary>
internal static class FeedbackDocument
{
    private const string Rating = "rating";
    private const string Comment = "comment";
    private const string Up = "up";
    private const string Down = "down";

    /// <summary>
    /// Gets the entry of feedback, its fields in the order in which the caller gave them.
    /// </summary>
    /// <remarks>The position of a message that is named by its id is null in it, until <see cref="SetPosition"/>.</remarks>
    /// <exception cref="ArgumentException">A value cannot be stored.</exception>
    public static BsonDocument ToBson(Feedback feedback)
    {
        var document = new BsonDocument
        {
            { Rating, ToBson(feedback.Rating) },
            // A comment is typed in somewhere: a broken character in it must not lose the feedback.
            { Comment, feedback.Comment is null ? BsonNull.Value : Utf16.ToWellFormed(feedback.Comment) },
        };
        if (feedback.AgentId is { } agentId)
        {
            document.Add(Fields.AgentId, agentId);
            document.Add(Fields.Position, feedback.Position is { } position ? position : BsonNull.Value);
            document.Add(Fields.ClientMessageId, feedback.MessageId, feedback.MessageId is not null);
        }

        foreach (var (name, value) in feedback.AdditionalProperties)
        {
            document.Add(BsonKeys.Encode(name), MetadataValues.ToBson(value, name));
        }

        return document;
    }

    /// <summary>
    /// Gets feedback as it is stored when it is new.
    /// </summary>
    /// <param name="key">The fields that name it, by <see cref="FeedbackKeys.ToFilter(string, int, string)"/>.</param>
    /// <param name="first">The first branch of the session.</param>
    /// <param name="userId">Whose opinion it is, or null.</param>
    /// <param name="entry">The entry.</param>
    /// <param name="createdAt">When it was added.</param>
    public static BsonDocument Create(BsonDocument key, int first, string? userId, BsonDocument entry, BsonDateTime createdAt) =>
        new BsonDocument(key)
            .Add(Fields.FirstBranch, first)
            .Add(Fields.User, userId, userId is not null)
            .Add(Fields.CreatedAt, createdAt)
            .Add(Fields.UpdatedAt, createdAt)
            .Add(Fields.Feedback, entry);

    /// <summary>
    /// Gets the update that stores feedback, also in the place of an earlier one.
    /// </summary>
    public static BsonDocument ToUpdate(Feedback feedback, BsonDocument entry, int first, BsonDateTime now, DateTime? expiresAt)
    {
        var update = new BsonDocument
        {
            {
                "$setOnInsert",
                new BsonDocument { { Fields.FirstBranch, first }, { Fields.CreatedAt, now } }.Add(Fields.User, feedback.UserId, feedback.UserId is not null)
            },
            { "$set", new BsonDocument { { Fields.Feedback, entry }, { Fields.UpdatedAt, now } } },
        };
        return expiresAt is { } expiry ? update.Add("$max", new BsonDocument(Fields.ExpiresAt, expiry)) : update;
    }

    /// <summary>
    /// Reads a document of any writer.
    /// </summary>
    public static Feedback ReadStored(BsonDocument document, string sessionId) =>
        Read(document.GetValue(Fields.Feedback, BsonNull.Value) as BsonDocument ?? []) with
        {
            Id = FeedbackKeys.FindId(document[Fields.Id], sessionId),
            UserId = document.GetValue(Fields.User, BsonNull.Value) is BsonString user ? user.Value : null,
            CreatedAt = ToTime(document, Fields.CreatedAt),
            UpdatedAt = ToTime(document, Fields.UpdatedAt),
        };

    /// <summary>
    /// Reads the entries that a session of an earlier layout holds, in their order.
    /// </summary>
    public static IEnumerable<Feedback> ReadEmbedded(BsonDocument session) =>
        session.GetValue(Fields.Feedbacks, BsonNull.Value) is BsonArray feedbacks ? feedbacks.OfType<BsonDocument>().Select(Read) : [];

    /// <summary>
    /// Notes which message was found for the feedback.
    /// </summary>
    public static void SetPosition(BsonDocument document, AgentBranch branch, int position)
    {
        document[Fields.Position] = position;
        if (branch.GetBranchAt(position) is > 0 and var number)
        {
            document.InsertAt(document.IndexOfName(Fields.Position) + 1, new BsonElement(Fields.Branch, number));
        }
    }

    /// <summary>
    /// Gets the exception for feedback on a message that is not there.
    /// </summary>
    public static MessageNotFoundException ToNotFound(string sessionId, Feedback feedback) => feedback.Position is { } position
        ? new MessageNotFoundException(sessionId, feedback.AgentId!, position)
        : new MessageNotFoundException(sessionId, feedback.AgentId!, feedback.MessageId!);

    /// <summary>
    /// Reads an entry of any writer. A field that is of another kind than the property of its name is one of the
    /// additional properties.
    /// </summary>
    public static Feedback Read(BsonDocument document)
    {
        FeedbackRating? rating = null;
        string? comment = null;
        string? agentId = null;
        int? position = null;
        int? branch = null;
        string? messageId = null;
        DateTimeOffset? createdAt = null;
        Dictionary<string, object?>? others = null;
        foreach (var field in document)
        {
            switch (field.Name, field.Value)
            {
                case (Rating, BsonString { Value: Up }):
                    rating = FeedbackRating.Up;
                    break;
                case (Rating, BsonString { Value: Down }):
                    rating = FeedbackRating.Down;
                    break;
                case (Comment, BsonString text):
                    comment = text.Value;
                    break;
                case (Fields.AgentId, BsonString id):
                    agentId = id.Value;
                    break;
                case (Fields.Position, { IsNumeric: true } number) when BsonNumbers.TryGetInt64(number, out var at) && at is >= 0 and <= int.MaxValue:
                    position = (int)at;
                    break;
                case (Fields.Branch, { IsNumeric: true } number) when BsonNumbers.TryGetInt64(number, out var at) && at is >= 0 and <= int.MaxValue:
                    branch = (int)at;
                    break;
                case (Fields.ClientMessageId, BsonString id):
                    messageId = id.Value;
                    break;
                case (Fields.CreatedAt, BsonDateTime date) when DamagedFields.ToTime(date.MillisecondsSinceEpoch) is { } time:
                    createdAt = time;
                    break;
                case (Rating or Comment or Fields.AgentId or Fields.Position or Fields.Branch or Fields.ClientMessageId or Fields.CreatedAt, BsonNull):
                    break;
                default:
                    others ??= new(StringComparer.Ordinal);
                    others[BsonKeys.Decode(field.Name)] = MetadataValues.FromBson(field.Value);
                    break;
            }
        }

        var read = new Feedback { Rating = rating, Comment = comment, AgentId = agentId, Position = position, Branch = position is null ? null : branch ?? 0, MessageId = messageId, CreatedAt = createdAt };
        return others is null ? read : read with { AdditionalProperties = others };
    }

    /// <summary>
    /// Tells whether an entry is one that a query asks for. Nobody is known to have given those of an earlier layout.
    /// </summary>
    public static bool Matches(Feedback feedback, FeedbackQuery query) =>
        (query.AgentId is null || query.AgentId == feedback.AgentId)
        && (query.Position is null || query.Position == feedback.Position)
        && (query.UserId is null || query.UserId == feedback.UserId);

    private static DateTimeOffset? ToTime(BsonDocument document, string field) =>
        document.GetValue(field, BsonNull.Value) is BsonDateTime time ? DamagedFields.ToTime(time.MillisecondsSinceEpoch) : null;

    private static BsonValue ToBson(FeedbackRating? rating) => rating switch
    {
        null => BsonNull.Value,
        FeedbackRating.Up => Up,
        _ => Down,
    };
}
