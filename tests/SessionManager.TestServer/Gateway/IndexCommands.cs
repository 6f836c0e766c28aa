using MongoDB.Bson;
using MongoDB.Bson.Serialization;

namespace SessionManager.TestServer.Gateway;

/// <summary>The commands that create and drop indexes, which take effect before they are answered.</summary>
internal sealed class IndexCommands(DocumentDbClient client)
{
    // The last argument leaves out a check that is meant for transactions, of which there are none.
    private const string CreateSql =
        "SELECT documentdb_api_internal.create_indexes_non_concurrently"
        + "($1, $2::bytea::documentdb_core.bson, true)::bytea";

    private const string DropSql =
        "SELECT documentdb_api_internal.drop_indexes_non_concurrently($1, $2::bytea::documentdb_core.bson)::bytea";

    public IEnumerable<KeyValuePair<string, CommandHandler>> All() =>
    [
        new("createIndexes", CreateAsync),
        new("dropIndexes", DropAsync),
        new("deleteIndexes", DropAsync),
    ];

    private async Task<ReadOnlyMemory<byte>> CreateAsync(
        Command command, Peer peer, CancellationToken cancellationToken)
    {
        var reply = await QueryAsync(CreateSql, command, cancellationToken);

        // The reply is that of a sharded cluster, with one shard.
        var shard = reply["raw"].AsBsonDocument.Elements.Single().Value.AsBsonDocument;
        if (!shard["ok"].ToBoolean())
        {
            throw new CommandException(
                MongoError.FromPackedSqlState(shard["code"].ToInt32()), shard["errmsg"].AsString);
        }

        shard["ok"] = 1.0;
        return shard.ToBson();
    }

    private async Task<ReadOnlyMemory<byte>> DropAsync(
        Command command, Peer peer, CancellationToken cancellationToken)
    {
        var reply = await QueryAsync(DropSql, command, cancellationToken);
        reply["ok"] = 1.0;
        return reply.ToBson();
    }

    private async Task<BsonDocument> QueryAsync(string sql, Command command, CancellationToken cancellationToken) =>
        BsonSerializer.Deserialize<BsonDocument>(
            await client.QueryDocumentAsync(sql, [command.Database, command.Body], cancellationToken));
}
