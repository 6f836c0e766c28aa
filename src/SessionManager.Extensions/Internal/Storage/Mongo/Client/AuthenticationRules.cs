using MongoDB.Driver;
using MongoDB.Driver.Core.Configuration;
using SessionManager.Internal.Storage.Documents;

namespace SessionManager.Internal.Storage.Mongo.Client;

/// <summary>
/// The credentials in effect, from options and connection string together. What a mechanism asks of them is the driver's to
/// say.
/// </summary>
internal static class AuthenticationRules
{
    private const string Default = "DEFAULT";

    private static readonly string[] Mechanisms =
    [
        Default, "SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN", "MONGODB-X509", "MONGODB-AWS", "MONGODB-OIDC", "GSSAPI",
    ];

    /// <summary>
    /// Gives a mechanism the spelling that the driver compares with; null where client and server are to agree on one.
    /// </summary>
    public static string? Normalize(string mechanism) =>
        mechanism.ToUpperInvariant() is var name && name == Default ? null : name;

    /// <param name="options">The options.</param>
    /// <param name="uri">The connection string, or null where there is none or it has a fault.</param>
    public static IReadOnlyList<string> FindFaults(MongoSessionManagerOptions options, ConnectionString? uri)
    {
        var faults = new List<string>();
        if (options.UserName is { } userName && string.IsNullOrWhiteSpace(userName))
        {
            faults.Add("UserName is empty");
        }

        if (options.AuthSource is { } source
            && source != "$external"
            && MongoNames.FindDatabaseNameFault(source) is { } sourceFault)
        {
            faults.Add($"AuthSource {sourceFault}");
        }

        if ((options.AuthMechanism ?? uri?.AuthMechanism) is { } mechanism
            && !Mechanisms.Contains(mechanism, StringComparer.OrdinalIgnoreCase))
        {
            faults.Add($"AuthMechanism, here or in the connection string, must be one of {string.Join(", ", Mechanisms)}");
        }

        // What a connection string with a fault says of credentials is not known, so nothing is missed in them.
        if (faults.Count == 0
            && (uri is not null || string.IsNullOrWhiteSpace(options.ConnectionString))
            && FindCredentialFault(options, uri) is { } fault)
        {
            faults.Add(
                $"UserName, Password, AuthSource and AuthMechanism, here and in the connection string, do not fit: {fault}");
        }

        return faults;
    }

    private static string? FindCredentialFault(MongoSessionManagerOptions options, ConnectionString? uri)
    {
        try
        {
            var connectionString = uri is null ? "mongodb://localhost" : options.ConnectionString!;
            _ = MongoClientSettingsFactory.CreateUrl(options, connectionString).GetCredential();
            return null;
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            // The driver names the mechanism, which is one of those above, and what it lacks, but no value.
            return e.Message.TrimEnd('.');
        }
        catch (MongoConfigurationException)
        {
            // The message of this one shows the URL.
            return "a password needs a user name";
        }
    }
}
