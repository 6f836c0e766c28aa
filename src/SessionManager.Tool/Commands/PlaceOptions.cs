using System.CommandLine;

namespace SessionManager.Tool.Commands;

/// <summary>
/// The options that say where the sessions are, for every command.
/// </summary>
internal sealed class PlaceOptions
{
    public const string ConnectionVariable = "SESSION_MANAGER_CONNECTION";
    public const string DatabaseVariable = "SESSION_MANAGER_DATABASE";

    public Option<string?> Connection { get; } = new("--connection")
    {
        Description = $"The connection string. Others on this machine may see a command line: prefer the variable {ConnectionVariable}.",
        HelpName = "uri",
    };

    public Option<string?> Database { get; } = new("--database", "-d")
    {
        Description = $"The database; else the variable {DatabaseVariable}, else that of the connection string.",
        HelpName = "name",
    };

    public Option<string> Collection { get; } = new("--collection")
    {
        Description = "The collection of the sessions. Their messages are in the one beside it, with _messages at its end.",
        HelpName = "name",
        DefaultValueFactory = static _ => "sessions",
    };

    public Option<bool> Json { get; } = new("--json") { Description = "Write JSON to the output, and nothing else." };

    public IEnumerable<Option> All => [Connection, Database, Collection, Json];

    /// <summary>
    /// Opens the place that a command line names.
    /// </summary>
    /// <exception cref="ToolException">It names none.</exception>
    public Place Open(ParseResult result, Action<MongoSessionManagerOptions>? configure = null)
    {
        var connection = result.GetValue(Connection) ?? Environment.GetEnvironmentVariable(ConnectionVariable);
        if (string.IsNullOrWhiteSpace(connection))
        {
            throw new ToolException($"There is no connection string: set the variable {ConnectionVariable}, or --connection.", ExitCode.Usage);
        }

        var client = MongoClients.Create(connection, "--connection", out var databaseOfConnection);
        var database = result.GetValue(Database) ?? Environment.GetEnvironmentVariable(DatabaseVariable) ?? databaseOfConnection;
        if (string.IsNullOrWhiteSpace(database))
        {
            client.Dispose();
            throw new ToolException($"There is no database: set --database or the variable {DatabaseVariable}, or name it in the connection string.", ExitCode.Usage);
        }

        return new Place(client, database, result.GetRequiredValue(Collection), configure);
    }
}
