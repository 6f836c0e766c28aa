using MongoDB.Bson;

namespace SessionManager.Internal.Storage.Documents;

/// <summary>
/// The stored form of an erasure: which one an owner has, its receipt, the counts that it is the sum of, and the mark of what is erased.
/// </summary>
internal static class ErasureDocument
{
    // Those of receipts have it behind their id.
    private const char Separator = '/';

    private const string Part = "part";
    private const string StartedAt = "started_at";
    private const string CompletedAt = "completed_at";
    private const string FinalAt = "final_at";
    private const string IsFinal = "final";
    private const string Sessions = "sessions";
    private const string Messages = "messages";
    private const string Feedbacks = "feedbacks";

    /// <summary>
    /// Gets the filter for the owners that have an erasure.
    /// </summary>
    public static BsonDocument ToOwnersFilter() => new(Fields.Erasure, new BsonDocument("$exists", true));

    /// <summary>
    /// Gets the filter for an owner that is neither being erased nor held.
    /// </summary>
    public static BsonDocument ToNoneFilter(string key) =>
        new BsonDocument { { Fields.Id, key }, { Fields.Erasure, new BsonDocument("$exists", false) } }.Add(HoldDocument.ToCondition(isHeld: false));

    /// <summary>
    /// Gets the update that gives an owner an erasure.
    /// </summary>
    public static BsonDocument ToBegin(string id) => new("$set", new BsonDocument(Fields.Erasure, id));

    /// <summary>
    /// Gets the update that takes it away.
    /// </summary>
    public static BsonDocument ToForget() => new("$unset", new BsonDocument(Fields.Erasure, ""));

    /// <summary>
    /// Gets the update that begins a receipt.
    /// </summary>
    public static BsonDocument ToStart(BsonDateTime now) => new("$setOnInsert", new BsonDocument(StartedAt, now));

    /// <summary>
    /// Gets the filter for a receipt, or for one that is not complete.
    /// </summary>
    public static BsonDocument ToFilter(string id, bool onlyIncomplete) =>
        new BsonDocument(Fields.Id, id).Add(CompletedAt, new BsonDocument("$exists", false), onlyIncomplete);

    /// <summary>
    /// Gets the update that completes a receipt.
    /// </summary>
    public static BsonDocument ToComplete(BsonDateTime now, BsonValue finalAt) =>
        new("$max", new BsonDocument { { CompletedAt, now }, { FinalAt, finalAt } });

    /// <summary>
    /// Gets the filter for a receipt that does not hold its sums yet.
    /// </summary>
    public static BsonDocument ToOpenFilter(string id) => new() { { Fields.Id, id }, { IsFinal, new BsonDocument("$exists", false) } };

    /// <summary>
    /// Gets the update that puts the sums into a receipt, in the place of the counts.
    /// </summary>
    public static BsonDocument ToFinish(ErasureReceipt receipt) => new("$set", new BsonDocument
    {
        { Sessions, receipt.SessionCount },
        { Messages, receipt.MessageCount },
        { Feedbacks, receipt.FeedbackCount },
        { IsFinal, true },
    });

    /// <summary>
    /// Gets the filter for the counts of a receipt.
    /// </summary>
    public static BsonDocument ToCountsFilter(string id)
    {
        var prefix = $"{id}{Separator}";
        return new BsonDocument(Fields.Id, new BsonDocument { { "$gte", prefix }, { "$lt", OwnerDocument.ToEnd(prefix) } });
    }

    /// <summary>
    /// Gets the mark of a session, or of what stays of a deleted one, that belongs to an erasure. It names one count, which is made of it once.
    /// </summary>
    public static BsonDocument ToMark(string id, bool wasSession) => new()
    {
        { Fields.Id, id },
        { Part, ObjectId.GenerateNewId() },
        { Sessions, wasSession ? 1 : 0 },
    };

    /// <summary>
    /// Gets the key of the count that a mark names.
    /// </summary>
    public static string ToCountKey(BsonDocument mark) => $"{mark[Fields.Id].AsString}{Separator}{mark[Part].AsObjectId}";

    /// <summary>
    /// Gets the count that a mark names.
    /// </summary>
    public static BsonDocument ToCount(BsonDocument mark, long messages, long feedbacks) => new()
    {
        { Fields.Id, ToCountKey(mark) },
        { Sessions, mark[Sessions] },
        { Messages, messages },
        { Feedbacks, feedbacks },
    };

    /// <summary>
    /// Reads the mark of a session, or null where it has none.
    /// </summary>
    public static BsonDocument? FindMark(BsonDocument session) => session.GetValue(Fields.Erasure, BsonNull.Value) as BsonDocument;

    /// <summary>
    /// Tells whether a mark is that of an erasure.
    /// </summary>
    public static bool IsOf(BsonDocument? mark, string id) => mark is not null && mark[Fields.Id] == id;

    /// <summary>
    /// Reads a receipt with its counts. Once it holds their sums, they are not asked for.
    /// </summary>
    public static ErasureReceipt Read(BsonDocument receipt, IReadOnlyList<BsonDocument> counts)
    {
        var isFinal = receipt.Contains(IsFinal);
        return new ErasureReceipt
        {
            Id = receipt[Fields.Id].AsString,
            StartedAt = ToTime(receipt, StartedAt) ?? default,
            CompletedAt = ToTime(receipt, CompletedAt),
            FinalAt = ToTime(receipt, FinalAt),
            IsFinal = isFinal,
            SessionCount = Sum(Sessions),
            MessageCount = Sum(Messages),
            FeedbackCount = Sum(Feedbacks),
        };

        long Sum(string name) => isFinal ? receipt[name].ToInt64() : counts.Sum(count => count[name].ToInt64());
    }

    private static DateTimeOffset? ToTime(BsonDocument receipt, string field) =>
        receipt.GetValue(field, BsonNull.Value) is BsonDateTime time ? time.ToUniversalTime() : null;
}
