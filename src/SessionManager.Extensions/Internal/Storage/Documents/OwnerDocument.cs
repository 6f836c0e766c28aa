using MongoDB.Bson;

namespace SessionManager.Internal.Storage.Documents;

/// <summary>
/// The stored form of an owner, beside the key of the session that it is part of: for listing.
/// </summary>
internal static class OwnerDocument
{
    public const string TenantPath = $"{Fields.Owner}.{Fields.Tenant}";
    public const string UserPath = $"{Fields.Owner}.{Fields.User}";

    private const string AnyId = "id";

    /// <summary>
    /// Gets what only sessions with an owner match: the condition of the indexes by owner.
    /// </summary>
    public static BsonDocument Exists => new(Fields.Owner, new BsonDocument("$exists", true));

    /// <summary>
    /// Gets the stored form of an owner. A part that is left out is missing in it.
    /// </summary>
    public static BsonDocument ToBson(SessionOwner owner) => new BsonDocument()
        .Add(Fields.Tenant, owner.Tenant, owner.Tenant is not null)
        .Add(Fields.User, owner.User, owner.User is not null);

    /// <summary>
    /// Gets the filter for the sessions of an owner.
    /// </summary>
    public static BsonDocument ToFilter(SessionOwner owner) => owner.IsNone
        ? new BsonDocument(Fields.Owner, new BsonDocument("$exists", false))
        : new BsonDocument
        {
            // By what the indexes by owner ask for; null is found where there is none.
            { Fields.Owner, new BsonDocument("$exists", true) },
            { TenantPath, ToValue(owner.Tenant) },
            { UserPath, ToValue(owner.User) },
        };

    /// <summary>
    /// Gets what the keys of all sessions of an owner begin with, and no other.
    /// </summary>
    public static string ToPrefix(SessionOwner owner) => new SessionKey(owner, AnyId).ToString()[..^AnyId.Length];

    /// <summary>
    /// Reads the owner from what the keys of all of its sessions begin with.
    /// </summary>
    public static SessionOwner ToOwner(string prefix) => SessionKey.Parse(prefix + AnyId).Owner;

    /// <summary>
    /// Gets the condition for the keys of all sessions of an owner, or for those that follow one of them. It rests on no field that another
    /// program could have changed.
    /// </summary>
    public static BsonDocument ToRange(SessionOwner owner, string? after = null)
    {
        var prefix = ToPrefix(owner);
        return after is null
            ? new BsonDocument { { "$gte", prefix }, { "$lt", ToEnd(prefix) } }
            : new BsonDocument { { "$gt", after }, { "$lt", ToEnd(prefix) } };
    }

    /// <summary>
    /// Gets the text that sorts directly after all that begin with another one, which does not end with the last of all characters.
    /// </summary>
    public static string ToEnd(string prefix) => $"{prefix[..^1]}{(char)(prefix[^1] + 1)}";

    private static BsonValue ToValue(string? part) => part is null ? BsonNull.Value : part;
}
