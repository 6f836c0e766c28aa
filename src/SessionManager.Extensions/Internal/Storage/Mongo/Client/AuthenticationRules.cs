using MongoDB.Driver.Core.Configuration;
using SessionManager.Internal.Storage.Documents;

namespace SessionManager.Internal.Storage.Mongo.Client;

/// <summary>
/// The credentials in effect, from options and connection string together, and what each mechanism asks of them.
/// </summary>
internal sealed class AuthenticationRules(MongoSessionManagerOptions options, ConnectionString? connectionString)
{
    private const string Default = "DEFAULT";

    private const string External = "$external";

    private static readonly string[] PasswordMechanisms = [Default, "SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN"];
    private static readonly string[] ExternalMechanisms = ["MONGODB-X509", "MONGODB-AWS", "MONGODB-OIDC", "GSSAPI"];

    private readonly string? _mechanism = options.AuthMechanism is { } mechanism
        ? Normalize(mechanism)
        : connectionString?.AuthMechanism?.ToUpperInvariant();
    private readonly bool _hasUserName = (options.UserName ?? connectionString?.Username) is not null;
    private readonly bool _hasPassword = (options.Password ?? connectionString?.Password) is not null;
    private readonly string? _source = options.AuthSource ?? connectionString?.AuthSource;

    // What a connection string with a fault says of credentials is not known, so nothing is missed in them.
    private readonly bool _isReadable =
        connectionString is not null || string.IsNullOrWhiteSpace(options.ConnectionString);

    /// <summary>
    /// Gives a mechanism the spelling that the driver compares with; null where client and server are to agree on one.
    /// </summary>
    public static string? Normalize(string mechanism) =>
        mechanism.ToUpperInvariant() is var name && name == Default ? null : name;

    public IEnumerable<string> FindFaults()
    {
        if (options.UserName is { } userName && string.IsNullOrWhiteSpace(userName))
        {
            yield return "UserName is empty";
        }

        if (options.AuthSource is { } source
            && source != External
            && MongoNames.FindDatabaseNameFault(source) is { } fault)
        {
            yield return $"AuthSource {fault}";
        }

        if (_mechanism is not null && !IsKnown(_mechanism))
        {
            yield return "AuthMechanism, here or in the connection string, must be one of " +
                string.Join(", ", PasswordMechanisms.Concat(ExternalMechanisms));
        }
        else if (_isReadable && FindCredentialFault() is { } credentialFault)
        {
            yield return credentialFault;
        }
    }

    private string? FindCredentialFault()
    {
        if (_mechanism is not null && IsIn(ExternalMechanisms, _mechanism) && _source is not null and not External)
        {
            return $"AuthSource must be {External} for {_mechanism}, or be left out";
        }

        return _mechanism switch
        {
            null when _hasPassword && !_hasUserName => "Password needs a UserName, here or in the connection string",
            null when _hasUserName && !_hasPassword => "UserName needs a Password, here or in the connection string",
            "MONGODB-X509" or "MONGODB-OIDC" when _hasPassword =>
                $"Password cannot be used with AuthMechanism {_mechanism}",
            "MONGODB-AWS" when _hasUserName != _hasPassword =>
                $"AuthMechanism {_mechanism} needs UserName and Password, or neither",
            "GSSAPI" when !_hasUserName => $"AuthMechanism {_mechanism} needs a UserName",
            { } name when IsIn(PasswordMechanisms, name) && !(_hasUserName && _hasPassword) =>
                $"AuthMechanism {name} needs a UserName and a Password",
            _ => null,
        };
    }

    private static bool IsKnown(string mechanism) =>
        IsIn(PasswordMechanisms, mechanism) || IsIn(ExternalMechanisms, mechanism);

    private static bool IsIn(string[] mechanisms, string mechanism) =>
        mechanisms.Contains(mechanism, StringComparer.Ordinal);
}
