using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;
using MongoDB.Driver;
using MongoDB.Driver.Core.Configuration;

namespace SessionManager.Internal.Storage.Mongo.Client;

/// <summary>
/// Reads connection strings without DNS queries, and words their faults without quoting them: the driver's own messages
/// repeat the text, password included where it is not percent-encoded.
/// </summary>
internal static partial class ConnectionStringReader
{
    private const string SrvScheme = "mongodb+srv://";

    public static bool TryRead(
        string text,
        [NotNullWhen(true)] out ConnectionString? connectionString,
        [NotNullWhen(false)] out string? fault)
    {
        fault = TryParse(text, out connectionString)
            ? null
            : $"is not accepted by MongoDB's driver: {FindFault(text)}. Expected: " +
                "mongodb://[user:password@]host[:port][/database][?option=value], or mongodb+srv:// and a host without a port, " +
                "with user name and password percent-encoded. The text is not shown, for it may hold a password";
        return fault is null;
    }

    public static string? GetDatabaseName(MongoSessionManagerOptions options) =>
        options.DatabaseName
        ?? (TryParse(options.ConnectionString, out var connectionString) ? connectionString.DatabaseName : null);

    private static bool TryParse(string? text, [NotNullWhen(true)] out ConnectionString? connectionString)
    {
        connectionString = null;
        if (string.IsNullOrWhiteSpace(text))
        {
            return false;
        }

        try
        {
            var parsed = new ConnectionString(text);
            ThrowIfRefusedLater(text, parsed);
            connectionString = parsed;
            return true;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // Whatever the driver throws, a password may be in it.
            return false;
        }
    }

    // The driver checks most values only where it makes settings of them, or a client. The credentials may be completed by
    // options, and mongodb+srv would send DNS queries, so both are left out.
    private static void ThrowIfRefusedLater(string text, ConnectionString parsed)
    {
        var url = new MongoUrlBuilder(text)
        {
            Scheme = ConnectionStringScheme.MongoDB,
            SrvMaxHosts = null,
            SrvServiceName = "mongodb",
            SrvAllowedHostsSuffix = null,
            Username = null,
            Password = null,
            AuthenticationMechanism = null,
        }.ToString();
        _ = MongoClientSettings.FromUrl(new MongoUrl(url));
        _ = new ClusterBuilder()
            .ConfigureWithConnectionString(url)
            .ConfigureCluster(cluster => cluster.With(localThreshold: parsed.LocalThreshold ?? cluster.LocalThreshold));
    }

    private static string FindFault(string text)
    {
        // A password that is not percent-encoded can look like an option. Here every option has a name and a value, so only
        // one that the driver knows can fail by itself, and naming it gives nothing away.
        var host = text.StartsWith(SrvScheme, StringComparison.Ordinal) ? $"{SrvScheme}a.b.c" : "mongodb://localhost";
        var option = OptionPattern().Matches(text).FirstOrDefault(match => !TryParse($"{host}/?{match.Value}", out _));
        return option is null
            ? "its form, its hosts, or options that exclude each other"
            : $"the value of its option {option.Groups["name"]}";
    }

    [GeneratedRegex("(?<=[?&;])(?<name>[A-Za-z]+)=[A-Za-z0-9.-]+(?=[&;]|$)")]
    private static partial Regex OptionPattern();
}
