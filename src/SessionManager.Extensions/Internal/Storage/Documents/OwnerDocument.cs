using MongoDB.Bson;

namespace SessionManager.Internal.Storage.Documents;

/// <summary>
/// The stored form of an owner, beside the key of the session that it is part of: for listing.
/// </summary>
internal static class OwnerDocument
{
    public const string TenantPath = $"{Fields.Owner}.{Fields.Tenant}";
    public const string UserPath = $"{Fields.Owner}.{Fields.User}";

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

    private static BsonValue ToValue(string? part) => part is null ? BsonNull.Value : part;
}
