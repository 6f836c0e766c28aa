using Npgsql;
using SessionManager.TestServer.Processes;

namespace SessionManager.TestServer.DocumentDb;

/// <summary>Makes the data folder that every server starts from: initialised, with the extension in place.</summary>
internal static class PostgresTemplate
{
    // mmap: a chroot has no /dev/shm. The data is thrown away, so nothing has to survive a crash of the machine.
    // Cursors live in files, so that a cursor's next batch may be asked for on any connection. Indexes are of the kind
    // that DocumentDB's own container makes: only that kind yields documents in order; the other reads all and sorts.
    private const string Settings =
        """

        shared_preload_libraries = 'pg_cron,pg_documentdb_core,pg_documentdb,pg_documentdb_extended_rum'
        cron.database_name = 'postgres'
        cron.log_run = off
        cron.log_statement = off
        listen_addresses = '127.0.0.1'
        unix_socket_directories = ''
        max_connections = 200
        dynamic_shared_memory_type = mmap
        shared_memory_type = mmap
        fsync = off
        synchronous_commit = off
        full_page_writes = off
        wal_level = minimal
        max_wal_senders = 0
        jit = off
        documentdb.useFileBasedPersistedCursors = on
        documentdb.defaultCursorExpiryTimeLimitSeconds = 600
        documentdb.maxWriteBatchSize = 100000
        documentdb.alternate_index_handler_name = 'extended_rum'

        """;

    // The gateway builds indexes at once, so the jobs that look for index builds every two seconds have nothing to do.
    private const string Prepare =
        """
        CREATE EXTENSION documentdb CASCADE;
        CREATE EXTENSION documentdb_extended_rum;
        SELECT cron.unschedule(jobid) FROM cron.job WHERE jobname LIKE 'documentdb_index_build_task%';
        """;

    public static async Task CreateAsync(DocumentDbRoot root, CancellationToken cancellationToken)
    {
        const string Inside = DocumentDbRoot.TemplateInside;
        var initdb = root.AsUser(
            root.FindPostgresProgram("initdb"),
            "-D", Inside, "-A", "trust", "-U", "postgres", "--locale=C.UTF-8", "-E", "UTF8", "--no-sync");
        await new CommandLine(initdb[0], initdb[1..]).RunAsync(cancellationToken);
        await File.AppendAllTextAsync(root.Outside(Inside) + "/postgresql.conf", Settings, cancellationToken);

        var scratch = Directory.CreateDirectory(root.Outside(Inside) + "-log").FullName;
        await using var process = await PostgresProcess.StartAsync(root, Inside, scratch, "INT", isDurable: false, cancellationToken);
        await using var connection = new NpgsqlConnection(process.ConnectionString + ";Pooling=false");
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(Prepare, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
