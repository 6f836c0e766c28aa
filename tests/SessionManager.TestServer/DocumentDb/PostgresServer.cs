using Npgsql;

namespace SessionManager.TestServer.DocumentDb;

/// <summary>A PostgreSQL with DocumentDB and a data folder of its own.</summary>
internal sealed class PostgresServer : IAsyncDisposable
{
    private readonly PostgresProcess _process;
    private readonly DataFolder _folder;

    private PostgresServer(PostgresProcess process, DataFolder folder)
    {
        _process = process;
        _folder = folder;
    }

    public string ConnectionString => _process.ConnectionString;

    public static async Task<PostgresServer> StartAsync(
        DocumentDbCache cache, bool isDurable, Action<string> log, CancellationToken cancellationToken)
    {
        DocumentDbRoot root;
        DataFolder folder;
        await using (await cache.LockAsync(log, cancellationToken))
        {
            root = await cache.GetRootAsync(log, cancellationToken);
            folder = await root.CreateDataFolderAsync(cancellationToken);
        }

        PostgresProcess? process = null;
        try
        {
            process = await PostgresProcess.StartAsync(
                root, folder.Inside, folder.Outside, signal: "QUIT", isDurable, cancellationToken);
            await PointJobsHereAsync(process.ConnectionString, cancellationToken);
            return new PostgresServer(process, folder);
        }
        catch
        {
            if (process is not null)
            {
                await process.DisposeAsync();
            }

            folder.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _folder.Dispose();
    }

    // The jobs, such as the one for TTL indexes, remember the port of the server on which they were made.
    private static async Task PointJobsHereAsync(string connectionString, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(connectionString + ";Pooling=false");
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(
            "UPDATE cron.job SET nodeport = current_setting('port')::int", connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
