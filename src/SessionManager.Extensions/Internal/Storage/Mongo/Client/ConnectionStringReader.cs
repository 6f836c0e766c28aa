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
    public static bool TryRead(
        string text,
        [NotNullWhen(true)] out ConnectionString? connectionString,
        [NotNullWhen(false)] out string? fault)
    {
        if (TryParse(text, out connectionString))
        {
            fault = null;
            return true;
        }

        fault = $"is not a MongoDB connection string: {FindFault(text)}. Expected: " +
            "mongodb://[user:password@]host[:port][/database][?option=value]. " +
            "The text is not shown, for it may hold a password";
        return false;
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
            if (!IsInRange(parsed))
            {
                return false;
            }

            // More is checked only where settings are made of it. The credentials may be completed by options, and
            // mongodb+srv would send DNS queries, so both are left out.
            _ = MongoClientSettings.FromUrl(new MongoUrl(new MongoUrlBuilder(text)
            {
                Scheme = ConnectionStringScheme.MongoDB,
                SrvMaxHosts = null,
                SrvServiceName = "mongodb",
                SrvAllowedHostsSuffix = null,
                Username = null,
                Password = null,
                AuthenticationMechanism = null,
            }.ToString()));
            connectionString = parsed;
            return true;
        }
        catch (Exception exception) when (exception is MongoConfigurationException or ArgumentException
            or FormatException or OverflowException or IndexOutOfRangeException)
        {
            return false;
        }
    }

    // What the driver checks only once it makes a client.
    private static bool IsInRange(ConnectionString connectionString)
    {
        TimeSpan?[] timeouts =
        [
            connectionString.ConnectTimeout, connectionString.SocketTimeout, connectionString.WaitQueueTimeout,
            connectionString.LocalThreshold,
        ];

        return !(connectionString.MinPoolSize < 0
            || connectionString.MaxIdleTime < TimeSpan.Zero
            || connectionString.MaxLifeTime <= TimeSpan.Zero
            || connectionString.ServerSelectionTimeout < TimeSpan.Zero
            || timeouts.Any(static time => time < TimeSpan.Zero && time != Timeout.InfiniteTimeSpan));
    }

    private static string FindFault(string text)
    {
        if (text.AsSpan().Trim().Length != text.Length)
        {
            return "it has white space around it";
        }

        var scheme = SchemePattern().Match(text);
        if (!scheme.Success)
        {
            return "it does not start with mongodb:// or mongodb+srv://";
        }

        if (BadEscapePattern().IsMatch(text))
        {
            return "it has a '%' without two hexadecimal digits after it (a literal '%' is written %25)";
        }

        if (BadUserInfoPattern().IsMatch(text))
        {
            return "the user name or password has a ':', '/' or '@' that is not percent-encoded";
        }

        return FindOptionFault(text) ?? "its hosts, or options that exclude each other, are not accepted";
    }

    private static string? FindOptionFault(string text)
    {
        var query = text.IndexOf('?', Math.Max(text.LastIndexOf('@'), 0));
        if (query < 0)
        {
            return null;
        }

        foreach (var option in text[(query + 1)..].Split('&', ';'))
        {
            var parts = option.Split('=');
            if (parts.Length < 2 || parts[0].Length == 0 || parts[1].Length == 0)
            {
                return "it has an option without a name or a value";
            }

            // Only a name that the driver knows can fail by itself, so naming it gives nothing away.
            if (!TryParse($"mongodb://localhost/?{option}", out _)
                && !TryParse($"mongodb+srv://a.b.c/?{option}", out _))
            {
                return $"the value of its option {parts[0]} is not accepted";
            }
        }

        return null;
    }

    [GeneratedRegex(@"\Amongodb(\+srv)?://")]
    private static partial Regex SchemePattern();

    [GeneratedRegex("%(?![0-9a-fA-F]{2})")]
    private static partial Regex BadEscapePattern();

    // More before the last '@' than one user name and one password, as in mongodb://user:a/b@host.
    [GeneratedRegex(@"\A[^:]+://(?![^:@/]+(:[^:@/]*)?@[^@?]*(\?.*)?\z)[^?]*@")]
    private static partial Regex BadUserInfoPattern();
}
