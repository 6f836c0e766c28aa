using System.Buffers;
using System.Text;
using SessionManager.Internal.Shared;

namespace SessionManager.Internal.Storage.Documents;

/// <summary>
/// MongoDB's rules for names. Each method returns what is wrong with a name, or null where nothing is.
/// </summary>
internal static class MongoNames
{
    // The longest of them is what the length of a name is checked with.
    public const string MessagesSuffix = "_messages";
    public const string OwnersSuffix = "_owners";
    public const string FeedbackSuffix = "_feedback";

    private const int MaxDatabaseBytes = 63;
    private const int MaxNamespaceBytes = 255;

    private static readonly SearchValues<char> NotInDatabaseName = SearchValues.Create("/\\. \"$\0\t\r\n");

    /// <summary>
    /// Refuses the options of a session manager that name a place which cannot be.
    /// </summary>
    /// <param name="options">The options.</param>
    /// <param name="databaseName">The database that they lead to, or null where there is none.</param>
    /// <param name="collectionName">The collection that they lead to.</param>
    public static void ThrowIfInvalid(SessionManagerOptions options, string? databaseName, string collectionName)
    {
        Check(nameof(options.DatabaseName), databaseName is null ? null : FindDatabaseNameFault(databaseName));
        Check(nameof(options.CollectionName), FindCollectionNameFault(collectionName, databaseName));
        foreach (var field in options.MetadataFields ?? [])
        {
            Check(nameof(options.MetadataFields), MetadataKeys.FindFault(field));
        }

        static void Check(string name, string? fault)
        {
            if (fault is not null)
            {
                throw new ArgumentException($"{name} {fault}.", nameof(options));
            }
        }
    }

    public static string? FindDatabaseNameFault(string name)
    {
        if (string.IsNullOrWhiteSpace(name))
        {
            return "is empty";
        }

        var index = name.AsSpan().IndexOfAny(NotInDatabaseName);
        if (index >= 0)
        {
            return $"contains {Describe(name[index])}, which a database name cannot";
        }

        var bytes = Encoding.UTF8.GetByteCount(name);
        return bytes > MaxDatabaseBytes ? $"is {bytes} bytes long; the limit is {MaxDatabaseBytes}" : null;
    }

    public static string? FindCollectionNameFault(string name, string? databaseName)
    {
        if (string.IsNullOrWhiteSpace(name))
        {
            return "is empty";
        }

        var index = name.AsSpan().IndexOfAny('$', '\0');
        if (index >= 0)
        {
            return $"contains {Describe(name[index])}, which a collection name cannot";
        }

        if (name.StartsWith("system.", StringComparison.Ordinal) || name[0] == '.')
        {
            return "starts with 'system.' or a dot, which MongoDB keeps for itself";
        }

        var bytes = Encoding.UTF8.GetByteCount($"{databaseName}.{name}{MessagesSuffix}");
        return bytes > MaxNamespaceBytes
            ? $"is too long: database, '.', name and '{MessagesSuffix}' are {bytes} bytes, limit {MaxNamespaceBytes}"
            : null;
    }

    private static string Describe(char character) => character switch
    {
        '\0' => "NUL",
        ' ' => "a space",
        '\t' or '\r' or '\n' => "white space",
        _ => $"'{character}'",
    };
}
