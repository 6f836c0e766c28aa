using MongoDB.Bson;

namespace SessionManager.Internal.Storage.Documents;

/// <summary>
/// The stored form of a hold: of a session in its document, and of an owner or a session in the collection of owners.
/// </summary>
internal static class HoldDocument
{
    // No key of an owner, and no id of a receipt, begins with it.
    private const string SessionPrefix = "session:";

    private const string Reason = "reason";
    private const string At = "at";
    private const string OfOwner = "of_owner";

    /// <summary>
    /// Gets what only the held match, or only those that are not.
    /// </summary>
    public static BsonElement ToCondition(bool isHeld) => new(Fields.Hold, new BsonDocument("$exists", isHeld));

    /// <summary>
    /// Gets the condition for what is held as all of its owner's.
    /// </summary>
    public static BsonElement ToOfOwner() => new($"{Fields.Hold}.{OfOwner}", true);

    public static BsonDocument ToBson(string reason, BsonDateTime now) => new() { { Reason, reason }, { At, now } };

    /// <summary>
    /// Gets the hold that the sessions of a held owner have.
    /// </summary>
    public static BsonDocument ToOwned(BsonDocument hold) => new BsonDocument(hold).Set(OfOwner, true);

    /// <summary>
    /// Gets the key under which the hold of a session stands among the owners.
    /// </summary>
    public static string ToKey(string sessionId) => SessionPrefix + sessionId;

    /// <summary>
    /// Finds the session that a hold among the owners is of; null for one that is of an owner.
    /// </summary>
    public static string? FindSessionId(string key) => key.StartsWith(SessionPrefix, StringComparison.Ordinal) ? key[SessionPrefix.Length..] : null;

    /// <summary>
    /// Finds why something is held; null where it is not.
    /// </summary>
    public static string? FindReason(BsonDocument? document) => document?.GetValue(Fields.Hold, BsonNull.Value) switch
    {
        null or BsonNull => null,
        BsonDocument hold => hold.GetValue(Reason, BsonNull.Value) is BsonString reason ? reason.Value : "",
        _ => "",
    };

    /// <summary>
    /// Gets the update that holds a session, so that the server does not remove it either.
    /// </summary>
    public static BsonDocument ToSet(BsonDocument hold) => new()
    {
        { "$set", new BsonDocument(Fields.Hold, hold) },
        { "$unset", new BsonDocument { { Fields.ExpiresAt, "" }, { Fields.MessagesExpireAt, "" } } },
    };

    public static BsonDocument ToUnset() => new("$unset", new BsonDocument(Fields.Hold, ""));
}
