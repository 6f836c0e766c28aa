using System.Collections.Concurrent;
using MongoDB.Bson;

namespace SessionManager.TestServer.Gateway;

/// <summary>The commands that open, read and close cursors. A cursor may be continued on any connection.</summary>
internal sealed class CursorCommands(DocumentDbClient client)
{
    private const string NextPageSql =
        "SELECT cursorpage::bytea, continuation::bytea, $4::bigint FROM documentdb_api.cursor_get_more"
        + "($1, $2::bytea::documentdb_core.bson, $3::bytea::documentdb_core.bson)";

    private const string DeleteSql = "SELECT documentdb_api_internal.delete_cursors($1)::bytea";

    private readonly ConcurrentDictionary<long, (byte[] Continuation, string? Snapshot)> _continuations = [];

    public IEnumerable<KeyValuePair<string, CommandHandler>> All() =>
    [
        new("find", FirstPage("find")),
        new("aggregate", FirstPage("aggregate")),
        new("listCollections", FirstPage("list_collections")),
        new("listIndexes", FirstPage("list_indexes")),
        new("getMore", NextPageAsync),
        new("killCursors", KillAsync),
    ];

    private CommandHandler FirstPage(string function)
    {
        var sql =
            $"SELECT cursorpage::bytea, continuation::bytea, cursorid FROM documentdb_api.{function}_cursor_first_page"
            + "($1, $2::bytea::documentdb_core.bson)";
        return async (command, _, cancellationToken) => Keep(
            await client.QueryPageAsync(sql, [command.Database, command.Body], command.Snapshot, cancellationToken),
            command.Snapshot);
    }

    // The continuation is taken out while it is in use: a cursor has one reader at a time.
    private async Task<ReadOnlyMemory<byte>> NextPageAsync(
        Command command, Peer peer, CancellationToken cancellationToken)
    {
        var id = command.ToDocument()["getMore"].ToInt64();
        if (!_continuations.TryRemove(id, out var kept))
        {
            throw new CommandException(MongoError.CursorNotFound, $"cursor id {id} not found");
        }

        return Keep(
            await client.QueryPageAsync(
                NextPageSql,
                [command.Database, command.Body, (ReadOnlyMemory<byte>)kept.Continuation, id],
                kept.Snapshot,
                cancellationToken),
            kept.Snapshot);
    }

    private byte[] Keep(CursorPage page, string? snapshot)
    {
        if (page.Continuation is { } continuation)
        {
            _continuations[page.CursorId] = (continuation, snapshot);
        }

        return page.Document;
    }

    private async Task<ReadOnlyMemory<byte>> KillAsync(
        Command command, Peer peer, CancellationToken cancellationToken)
    {
        if (!command.ToDocument().TryGetValue("cursors", out var cursors) || !cursors.IsBsonArray)
        {
            throw new CommandException(
                MongoError.MissingField, "BSON field 'killCursors.cursors' is missing but a required field");
        }

        var ids = cursors.AsBsonArray.Select(id => id.ToInt64()).ToArray();
        var killed = ids.Where(id => _continuations.TryRemove(id, out _)).ToArray();
        if (killed.Length > 0)
        {
            await client.QueryDocumentAsync(DeleteSql, [killed], cancellationToken);
        }

        return new BsonDocument
        {
            { "cursorsKilled", new BsonArray(killed) },
            { "cursorsNotFound", new BsonArray(ids.Except(killed)) },
            { "cursorsAlive", new BsonArray() },
            { "cursorsUnknown", new BsonArray() },
            { "ok", 1.0 },
        }.ToBson();
    }
}
