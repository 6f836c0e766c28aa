using MongoDB.Bson;

namespace SessionManager.TestServer.Gateway;

/// <summary>The commands that drop collections and databases. Like MongoDB, they do not mind if there is none.</summary>
internal sealed class NamespaceCommands(DocumentDbClient client)
{
    public IEnumerable<KeyValuePair<string, CommandHandler>> All() =>
    [
        new("drop", DropCollectionAsync),
        new("dropDatabase", DropDatabaseAsync),
    ];

    private async Task<ReadOnlyMemory<byte>> DropCollectionAsync(
        Command command, Peer peer, CancellationToken cancellationToken)
    {
        await client.ExecuteAsync(
            "SELECT documentdb_api.drop_collection($1, $2)", [command.Database, command.Target], cancellationToken);
        return Reply.Ok.Add("ns", $"{command.Database}.{command.Target}").ToBson();
    }

    private async Task<ReadOnlyMemory<byte>> DropDatabaseAsync(
        Command command, Peer peer, CancellationToken cancellationToken)
    {
        await client.ExecuteAsync(
            "SELECT documentdb_api.drop_database($1)", [command.Database], cancellationToken);
        return Reply.Ok.Add("dropped", command.Database).ToBson();
    }
}
