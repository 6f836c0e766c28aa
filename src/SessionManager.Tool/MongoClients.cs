using MongoDB.Driver;

namespace SessionManager.Tool;

/// <summary>
/// Makes clients of connection strings, which never show in an error.
/// </summary>
internal static class MongoClients
{
    // A person waits for the answer.
    private static readonly TimeSpan ServerSelectionTimeout = TimeSpan.FromSeconds(10);

    public static MongoClient Create(string connectionString, string option, out string? databaseName)
    {
        try
        {
            var url = new MongoUrl(connectionString);
            databaseName = url.DatabaseName;
            var settings = MongoClientSettings.FromUrl(url);
            if (settings.ServerSelectionTimeout == MongoDefaults.ServerSelectionTimeout)
            {
                settings.ServerSelectionTimeout = ServerSelectionTimeout;
            }

            settings.ApplicationName ??= "session-manager";
            return new MongoClient(settings);
        }
        catch (Exception exception) when (exception is MongoConfigurationException or ArgumentException or FormatException or NotSupportedException)
        {
            // The driver's text quotes it, with its password.
            throw new ToolException($"The connection string of {option} cannot be read. It begins with mongodb:// or mongodb+srv://, and what is special in user and password is percent-encoded.", ExitCode.Usage);
        }
    }
}
