using MongoDB.Bson;

namespace SessionManager.Internal.Storage.Documents;

/// <summary>
/// The stored form of an assignment: a session on its way to another owner says where it goes in the place of its version, so that no release reads or
/// writes it; what stays of it, and the session that it has become, have the token of the assignment.
/// </summary>
internal static class AssignmentDocument
{
    private const string To = "assigned_to";

    /// <summary>
    /// Finds the assignment that a session waits for; null where there is none.
    /// </summary>
    public static BsonDocument? Find(BsonDocument session) =>
        session.GetValue(Fields.SchemaVersion, BsonNull.Value) is BsonDocument assignment
        && assignment.GetValue(To, BsonNull.Value).IsString
        && assignment.GetValue(Fields.Token, BsonNull.Value).IsObjectId
            ? assignment
            : null;

    /// <summary>
    /// Gets the id that the session is to have.
    /// </summary>
    public static string GetTarget(BsonDocument assignment) => assignment[To].AsString;

    public static BsonValue GetToken(BsonDocument assignment) => assignment[Fields.Token];

    /// <summary>
    /// Finds the token of the assignment that has brought a session, which stays when it is deleted; null where none has.
    /// </summary>
    public static BsonValue? FindToken(BsonDocument session) => session.TryGetValue(Fields.Assignment, out var token) && token.IsObjectId ? token : null;

    /// <summary>
    /// Tells whether what stays of a session is that of one that was assigned, and has become another.
    /// </summary>
    public static bool HasBecome(BsonDocument? tombstone, BsonDocument? target) =>
        target is not null
        && FindToken(target) is { } token
        && tombstone?.GetValue(Fields.Deleted, BsonNull.Value) is BsonDocument deleted
        && deleted.GetValue(Fields.Assignment, BsonNull.Value) == token;

    /// <summary>
    /// Notes in what stays of a session which assignment has taken it away.
    /// </summary>
    public static void Note(BsonDocument tombstone, BsonDocument assignment) => tombstone[Fields.Deleted][Fields.Assignment] = GetToken(assignment);

    /// <summary>
    /// Gets the filter for a session that can be assigned, as it was read.
    /// </summary>
    public static BsonDocument ToBeginFilter(BsonDocument session) => SessionDocument.ToFilter(session[Fields.Id].AsString)
        .Add(Fields.Deleted, new BsonDocument("$exists", false))
        .Add(HoldDocument.ToCondition(isHeld: false))
        .Add(Fields.SchemaVersion, session.TryGetValue(Fields.SchemaVersion, out var version) ? version : new BsonDocument("$exists", false));

    /// <summary>
    /// Gets the update that begins an assignment. Whoever sweeps next goes on with it.
    /// </summary>
    public static BsonDocument ToBegin(BsonDocument assignment, BsonDateTime now) =>
        new("$set", new BsonDocument { { Fields.SchemaVersion, assignment }, { Fields.SweepAt, now } });

    /// <summary>
    /// Gets the filter for a session that waits for an assignment.
    /// </summary>
    public static BsonDocument ToFilter(string sessionId, BsonDocument assignment) => SessionDocument.ToFilter(sessionId).Add(Fields.SchemaVersion, assignment);

    /// <summary>
    /// Gets the update that takes an assignment back.
    /// </summary>
    public static BsonDocument ToUndo() => new("$set", new BsonDocument(Fields.SchemaVersion, SessionLayout.Version));

    public static BsonDocument Create(string targetId) => new() { { To, targetId }, { Fields.Token, ObjectId.GenerateNewId() } };

    /// <summary>
    /// Gets the exception for a session whose owner to be has one of its id.
    /// </summary>
    public static InvalidOperationException ToTakenException(string targetId) =>
        new($"Session {SessionKey.Parse(targetId).SessionId} is not assigned: the owner has a session of this id. Delete one of them, or copy it to another id.");
}
