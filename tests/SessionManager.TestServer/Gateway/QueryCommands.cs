namespace SessionManager.TestServer.Gateway;

/// <summary>The commands that DocumentDB answers with one document.</summary>
internal sealed class QueryCommands(DocumentDbClient client)
{
    public IEnumerable<KeyValuePair<string, CommandHandler>> All() =>
    [
        new("count", OnDatabase("count_query")),
        new("distinct", OnDatabase("distinct_query")),
        new("create", OnDatabase("create_collection_view")),
        new("validate", OnDatabase("validate")),
        new("listDatabases", OnServer("list_databases")),
        new("renameCollection", OnServer("rename_collection")),
        new("currentOp", OnServer("current_op_command")),
        new("dbStats", (command, _, token) => QueryAsync(
            "SELECT documentdb_api.db_stats($1)::bytea", [command.Database], token)),
        new("collStats", (command, _, token) => QueryAsync(
            "SELECT documentdb_api.coll_stats($1, $2)::bytea", [command.Database, command.Target], token)),
        new("collMod", (command, _, token) => QueryAsync(
            "SELECT documentdb_api.coll_mod($1, $2, $3::bytea::documentdb_core.bson)::bytea",
            [command.Database, command.Target, command.Body],
            token)),
    ];

    private CommandHandler OnDatabase(string function)
    {
        var sql = $"SELECT documentdb_api.{function}($1, $2::bytea::documentdb_core.bson)::bytea";
        return (command, _, token) => QueryAsync(sql, [command.Database, command.Body], token);
    }

    private CommandHandler OnServer(string function)
    {
        var sql = $"SELECT documentdb_api.{function}($1::bytea::documentdb_core.bson)::bytea";
        return (command, _, token) => QueryAsync(sql, [command.Body], token);
    }

    private async Task<ReadOnlyMemory<byte>> QueryAsync(
        string sql, object[] arguments, CancellationToken cancellationToken) =>
        await client.QueryDocumentAsync(sql, arguments, cancellationToken);
}
