using System.Globalization;
using MongoDB.Bson;

namespace SessionManager.Internal;

/// <summary>
/// Says whose the sessions of Python's are in the target: by fields of theirs, or nobody's.
/// </summary>
internal sealed class SourceOwner(string? userField, string? tenantField)
{
    /// <summary>
    /// Finds the key that a session gets in the target.
    /// </summary>
    /// <returns>The key, or what is wrong: a sentence.</returns>
    public (SessionKey Key, string? Fault) FindKey(RawBsonDocument source)
    {
        var sessionId = source[Names.Id].AsString;
        if (TargetLayout.FindFault(sessionId) is { } fault)
        {
            return (default, fault);
        }

        if (userField is null && tenantField is null)
        {
            return TargetLayout.IsUnowned(sessionId)
                ? (new SessionKey(SessionOwner.None, sessionId), null)
                : (default, "The id looks like the key of a session that has an owner.");
        }

        foreach (var field in (ReadOnlySpan<string?>)[userField, tenantField])
        {
            // Without its content, which is somebody's name.
            if (field is not null && (Find(source, field) is not { } part || TargetLayout.FindFault(part) is not null))
            {
                return (default, $"Its field '{field}' names no owner.");
            }
        }

        var owner = new SessionOwner { User = Find(source, userField), Tenant = Find(source, tenantField) };
        return (new SessionKey(owner, sessionId), null);
    }

    // Python's ids of users are texts or numbers, and dots lead into nested fields.
    private static string? Find(RawBsonDocument source, string? path)
    {
        BsonValue? value = source;
        foreach (var name in path?.Split('.') ?? [])
        {
            value = value is RawBsonDocument document ? RawBson.Find(document, name) : null;
        }

        return path is null ? null : value switch
        {
            BsonString text => text.Value,
            BsonInt32 or BsonInt64 => value.ToInt64().ToString(CultureInfo.InvariantCulture),
            _ => null,
        };
    }
}
