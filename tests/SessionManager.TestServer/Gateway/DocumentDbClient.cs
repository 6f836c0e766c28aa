using System.Data;
using Npgsql;
using NpgsqlTypes;

namespace SessionManager.TestServer.Gateway;

/// <summary>Calls DocumentDB's SQL functions. BSON travels as bytea in both directions.</summary>
internal sealed class DocumentDbClient : IAsyncDisposable
{
    private const int MaximumPoolSize = 64;
    private const int MaximumPreparedStatements = 64;

    private readonly NpgsqlDataSource _source;

    public DocumentDbClient(string connectionString)
    {
        // Every statement stands alone, so connections need no reset; MongoDB knows no time limits of its own.
        var settings = new NpgsqlConnectionStringBuilder(connectionString)
        {
            MaxPoolSize = MaximumPoolSize,
            MaxAutoPrepare = MaximumPreparedStatements,
            AutoPrepareMinUsages = 2,
            NoResetOnClose = true,
            CommandTimeout = 0,
            Timeout = 300,
        };
        _source = NpgsqlDataSource.Create(settings);
    }

    public Task<string> GetVersionAsync(CancellationToken cancellationToken) =>
        QueryAsync(
            "SELECT extversion FROM pg_extension WHERE extname = 'documentdb'",
            [],
            static row => row.GetString(0),
            cancellationToken);

    /// <summary>Runs a statement whose row is one document.</summary>
    public Task<byte[]> QueryDocumentAsync(string sql, object[] arguments, CancellationToken cancellationToken) =>
        QueryAsync(sql, arguments, static row => row.GetFieldValue<byte[]>(0), cancellationToken);

    /// <summary>Runs a statement whose row is a document and whether all of the writes in it succeeded.</summary>
    public Task<(byte[] Document, bool Succeeded)> WriteAsync(
        string sql, object[] arguments, CancellationToken cancellationToken) =>
        QueryAsync(
            sql, arguments, static row => (row.GetFieldValue<byte[]>(0), row.GetBoolean(1)), cancellationToken);

    /// <summary>Keeps what is committed now for reading.</summary>
    public async Task<DocumentDbSnapshot> OpenSnapshotAsync(CancellationToken cancellationToken)
    {
        var connection = await _source.OpenConnectionAsync(cancellationToken);
        var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        await using var command = new NpgsqlCommand("SELECT pg_export_snapshot()", connection, transaction);
        return new DocumentDbSnapshot(
            connection, transaction, (string)(await command.ExecuteScalarAsync(cancellationToken))!);
    }

    /// <summary>Runs a statement whose row is a batch of a cursor, how to continue it, and the cursor's id.</summary>
    public Task<CursorPage> QueryPageAsync(
        string sql, object[] arguments, string? snapshot, CancellationToken cancellationToken) =>
        QueryAsync(
            sql,
            arguments,
            snapshot,
            static row => new CursorPage(
                row.GetFieldValue<byte[]>(0),
                row.IsDBNull(1) ? null : row.GetFieldValue<byte[]>(1),
                row.GetInt64(2)),
            cancellationToken);

    /// <summary>Runs a statement for its effect.</summary>
    public Task ExecuteAsync(string sql, object[] arguments, CancellationToken cancellationToken) =>
        QueryAsync(sql, arguments, static _ => true, cancellationToken);

    /// <summary>Finds the name that an index was given, by the number that is in the name of its constraint.</summary>
    public Task<string> FindIndexNameAsync(int indexId, CancellationToken cancellationToken) =>
        QueryAsync(
            "SELECT COALESCE((SELECT (index_spec).index_name FROM documentdb_api_catalog.collection_indexes "
            + "WHERE index_id = $1), '')",
            [indexId],
            static row => row.GetString(0),
            cancellationToken);

    public ValueTask DisposeAsync() => _source.DisposeAsync();

    private Task<TResult> QueryAsync<TResult>(
        string sql, object[] arguments, Func<NpgsqlDataReader, TResult> read, CancellationToken cancellationToken) =>
        QueryAsync(sql, arguments, snapshot: null, read, cancellationToken);

    private async Task<TResult> QueryAsync<TResult>(
        string sql,
        object[] arguments,
        string? snapshot,
        Func<NpgsqlDataReader, TResult> read,
        CancellationToken cancellationToken)
    {
        await using var connection = await _source.OpenConnectionAsync(cancellationToken);
        await using var transaction = snapshot is null
            ? null
            : await ReadFromAsync(snapshot, connection, cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var argument in arguments)
        {
            command.Parameters.Add(argument switch
            {
                ReadOnlyMemory<byte> bytes => new NpgsqlParameter<ReadOnlyMemory<byte>>
                {
                    TypedValue = bytes,
                    NpgsqlDbType = NpgsqlDbType.Bytea,
                },
                DBNull => new NpgsqlParameter { Value = argument, NpgsqlDbType = NpgsqlDbType.Bytea },
                _ => new NpgsqlParameter { Value = argument },
            });
        }

        var result = await ReadRowAsync(command, read, cancellationToken);
        if (transaction is not null)
        {
            await transaction.CommitAsync(cancellationToken);
        }

        return result;
    }

    private static async Task<TResult> ReadRowAsync<TResult>(
        NpgsqlCommand command, Func<NpgsqlDataReader, TResult> read, CancellationToken cancellationToken)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken)
            ? read(reader)
            : throw new InvalidOperationException($"DocumentDB returned nothing for: {command.CommandText}");
    }

    private static async Task<NpgsqlTransaction> ReadFromAsync(
        string snapshot, NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        await using var command = new NpgsqlCommand($"SET TRANSACTION SNAPSHOT '{snapshot}'", connection, transaction);
        await command.ExecuteNonQueryAsync(cancellationToken);
        return transaction;
    }
}
