using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace SessionManager.Chaos.Faults;

/// <summary>
/// The PostgreSQL that stores what the gateway is sent, where this process has started it, to be killed and to come back.
/// </summary>
/// <remarks>
/// When one of its processes is killed, PostgreSQL ends all of them at once, since what they share may be damaged, and
/// starts anew from its log: what a killed database does, without a way to lose its port. A server that is found
/// (<c>MONGODB_URI</c>, Docker, mongod) is not killed.
/// </remarks>
internal sealed class DatabaseProcesses
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(50);

    private readonly int _mainId;
    private readonly string _connectionString;

    private DatabaseProcesses(int mainId, string port)
    {
        _mainId = mainId;
        _connectionString = $"Host=127.0.0.1;Port={port};Username=postgres;Database=postgres;SSL Mode=Disable;GSS Encryption Mode=Disable;Pooling=false";
    }

    /// <summary>
    /// Finds the PostgreSQL among the processes that this one has started, and makes it keep what it has acknowledged.
    /// </summary>
    /// <returns>It, or null if there is none.</returns>
    public static async Task<DatabaseProcesses?> FindAsync()
    {
        var parents = ListProcesses().ToDictionary(process => process.Id, process => process.ParentId);
        var main = ListProcesses()
            .Where(process => process.Name == "postgres" && IsDescendant(process.Id, parents))
            .Select(process => process.Id)
            .FirstOrDefault(id => GetArguments(id).Contains("-D"));
        if (main == 0)
        {
            return null;
        }

        var arguments = GetArguments(main);
        var database = new DatabaseProcesses(main, arguments[Array.IndexOf(arguments, "-p") + 1]);

        // Tests that kill nothing need no durability, so the server starts without: it would lose its last half second.
        await database.ExecuteAsync("ALTER SYSTEM SET synchronous_commit = on");
        await database.ExecuteAsync("SELECT pg_reload_conf()");
        return database;
    }

    /// <summary>
    /// Kills one of the processes that work for clients, and with it the database.
    /// </summary>
    public async Task KillAsync(Random random)
    {
        var children = ListProcesses().Where(process => process.ParentId == _mainId && IsBackend(process.Id)).ToArray();
        if (children.Length > 0)
        {
            await Signals.SendAsync(children[random.Next(children.Length)].Id, "KILL");
        }
    }

    /// <summary>
    /// Waits until the database has read its log and answers.
    /// </summary>
    public async Task WaitAsync()
    {
        for (var start = Stopwatch.GetTimestamp(); ; await Task.Delay(Retry))
        {
            try
            {
                await ExecuteAsync("SELECT 1");
                return;
            }
            catch (NpgsqlException) when (Stopwatch.GetElapsedTime(start) < StartTimeout)
            {
                // Not yet.
            }
        }
    }

    private static bool IsBackend(int id) => string.Concat(GetArguments(id)).Contains("127.0.0.1(", StringComparison.Ordinal);

    private static bool IsDescendant(int id, Dictionary<int, int> parents)
    {
        while (parents.TryGetValue(id, out var parent))
        {
            if (parent == Environment.ProcessId)
            {
                return true;
            }

            id = parent;
        }

        return false;
    }

    private static IEnumerable<(int Id, int ParentId, string Name)> ListProcesses()
    {
        foreach (var folder in Directory.Exists("/proc") ? Directory.GetDirectories("/proc") : [])
        {
            if (int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var id) && TryRead($"{folder}/stat") is { Length: > 0 } stat)
            {
                // The name stands in brackets and may hold some itself.
                var end = stat.LastIndexOf(')');
                var name = stat[(stat.IndexOf('(', StringComparison.Ordinal) + 1)..end];
                yield return (id, int.Parse(stat[(end + 2)..].Split(' ')[1], CultureInfo.InvariantCulture), name);
            }
        }
    }

    private static string[] GetArguments(int id) => TryRead($"/proc/{id}/cmdline").Split('\0');

    // A process may end at any moment.
    private static string TryRead(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            return "";
        }
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(_connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
