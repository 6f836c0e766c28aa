using MongoDB.Bson;

namespace SessionManager.Internal.Storage.Documents;

/// <summary>
/// What stays of a deleted session in its place, and what reserves the place of a session to come.
/// </summary>
internal static class TombstoneDocument
{
    private const string Import = "import";
    private const string Digest = "sha256";

    /// <summary>
    /// Gets the projection to what the deletion of a session needs, and the creation of one in the place of a deleted one.
    /// </summary>
    public static BsonDocument Projection { get; } = new()
    {
        { Fields.SchemaVersion, 1 },
        { Fields.NextBranch, 1 },
        { Fields.FirstBranch, 1 },
        { Fields.Deleted, 1 },
        { Fields.SweepAt, 1 },
        { Fields.Erasure, 1 },
        { Fields.Hold, 1 },
        { Fields.Assignment, 1 },
    };

    /// <summary>
    /// Gets a document in the place of another one, with the marks that outlive it there: what is counted for a receipt, and which assignment was there.
    /// </summary>
    public static BsonDocument WithMarks(this BsonDocument document, BsonDocument? there)
    {
        foreach (var name in (string[])[Fields.Erasure, Fields.Assignment])
        {
            if (there is not null && !document.Contains(name) && there.TryGetValue(name, out var mark))
            {
                document.Add(name, mark);
            }
        }

        return document;
    }

    /// <summary>
    /// Gets what stays of a deleted session: which branch numbers it has used, and until when nothing of it may come back.
    /// </summary>
    /// <remarks>Without an expiry: the server would remove it, and nobody what is left of the session.</remarks>
    public static BsonDocument Create(string sessionId, int next, DateTime now, DateTime sweepAt) => new()
    {
        { Fields.Id, sessionId },
        { Fields.NextBranch, next },
        { Fields.Deleted, new BsonDocument { { Fields.Token, ObjectId.GenerateNewId() }, { Fields.DeletedAt, now } } },
        { Fields.SweepAt, sweepAt },
    };

    /// <summary>
    /// Notes in what reserves the id of a session that an import does, with the first branch that it has reserved.
    /// </summary>
    /// <param name="reservation">What reserves the id.</param>
    /// <param name="digest">What tells the session from another one of its id.</param>
    /// <param name="first">The first branch.</param>
    public static void SetImport(BsonDocument reservation, string digest, int first)
    {
        // Good only for as long as the token is the same: who deletes or sweeps takes another one.
        var deleted = reservation[Fields.Deleted].AsBsonDocument;
        deleted[Import] = new BsonDocument { { Fields.Token, deleted[Fields.Token] }, { Digest, digest }, { Fields.FirstBranch, first } };
    }

    /// <summary>
    /// Finds the first branch that an import of the same session has reserved which did not come to its end; null where there is none.
    /// </summary>
    public static int? FindImport(BsonDocument tombstone, string digest, int branchCount) =>
        tombstone[Fields.Deleted] is BsonDocument deleted
        && deleted.GetValue(Import, BsonNull.Value) is BsonDocument import
        && import.GetValue(Fields.Token, BsonNull.Value) == deleted.GetValue(Fields.Token, BsonNull.Value)
        && import.GetValue(Digest, BsonNull.Value) == digest
        && HistoryDocument.ReadNext(tombstone) - HistoryDocument.ReadFirst(import) == branchCount
            ? HistoryDocument.ReadFirst(import)
            : null;

    /// <summary>
    /// Tells whether a document of the sessions is none of a session, but what stays of one.
    /// </summary>
    public static bool IsDeleted(BsonDocument session) => session.Contains(Fields.Deleted);

    /// <summary>
    /// Gets the update of what stays of a deleted session after which nobody finds it as it was read.
    /// </summary>
    public static BsonDocument ToTake() => new("$set", new BsonDocument($"{Fields.Deleted}.{Fields.Token}", ObjectId.GenerateNewId()));

    /// <summary>
    /// Gets the filter for a deleted session, as it was read.
    /// </summary>
    public static BsonDocument ToFilter(BsonDocument tombstone) => new()
    {
        { Fields.Id, tombstone[Fields.Id] },
        { $"{Fields.Deleted}.{Fields.Token}", tombstone[Fields.Deleted].AsBsonDocument.GetValue(Fields.Token, BsonNull.Value) },
    };
}
