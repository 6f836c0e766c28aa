using Npgsql;
using SessionManager.TestServer.Processes;

namespace SessionManager.TestServer.DocumentDb;

/// <summary>A PostgreSQL that answers, on a free loopback port.</summary>
internal sealed class PostgresProcess : IAsyncDisposable
{
    private const int Attempts = 5;
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);

    private readonly GuardedProcess _process;

    private PostgresProcess(GuardedProcess process, string connectionString)
    {
        _process = process;
        ConnectionString = connectionString;
    }

    public string ConnectionString { get; }

    /// <summary>Starts PostgreSQL.</summary>
    /// <param name="root">The root file system to run it in.</param>
    /// <param name="dataInside">The data folder, from that root.</param>
    /// <param name="folder">The folder that takes the log and is removed when PostgreSQL ends.</param>
    /// <param name="signal">INT ends PostgreSQL in order, QUIT at once.</param>
    /// <param name="isDurable">Whether a commit is acknowledged only when it survives the end of PostgreSQL.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    public static async Task<PostgresProcess> StartAsync(
        DocumentDbRoot root, string dataInside, string folder, string signal, bool isDurable,
        CancellationToken cancellationToken)
    {
        // PostgreSQL acknowledges, without it, what only its own memory has. The disk itself need not survive anything.
        string[] settings = isDurable ? ["-c", "synchronous_commit=on"] : [];
        var program = root.FindPostgresProgram("postgres");
        for (var attempt = 1; ; attempt++)
        {
            var port = LoopbackPort.FindFree();
            var command = root.AsUser(program, ["-D", dataInside, "-p", $"{port}", .. settings]);
            var process = GuardedProcess.Start(folder, signal, command[0], command[1..]);
            var connectionString = $"Host=127.0.0.1;Port={port};Username=postgres;Database=postgres;"
                + "SSL Mode=Disable;GSS Encryption Mode=Disable";
            try
            {
                await LoopbackPort.WaitUntilAsync(
                    token => AnswersAsync(connectionString, token), process, StartTimeout, cancellationToken);
                return new PostgresProcess(process, connectionString);
            }
            catch (ServerExitedException) when (attempt < Attempts && process.LogContains("could not bind"))
            {
                // Another process took the port first. The data folder is needed again.
                await process.EndAsync();
            }
            catch
            {
                await process.DisposeAsync();
                throw;
            }
        }
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private static async Task<bool> AnswersAsync(string connectionString, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(connectionString + ";Pooling=false");
        try
        {
            await connection.OpenAsync(cancellationToken);
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }
}
