using MongoDB.Bson;
using MongoDB.Bson.Serialization;

namespace SessionManager.TestServer.Gateway;

/// <summary>The commands that change documents.</summary>
internal sealed class WriteCommands(DocumentDbClient client)
{
    private const string Arguments = "($1, $2::bytea::documentdb_core.bson, $3::bytea::documentdb_core.bsonsequence)";
    private const string InsertSql = "SELECT p_result::bytea, p_success FROM documentdb_api.insert" + Arguments;
    private const string UpdateSql = "SELECT p_result::bytea, p_success FROM documentdb_api.update" + Arguments;
    private const string DeleteSql = "SELECT p_result::bytea, p_success FROM documentdb_api.delete" + Arguments;

    private const string FindAndModifySql =
        "SELECT p_result::bytea FROM documentdb_api.find_and_modify($1, $2::bytea::documentdb_core.bson)";

    public IEnumerable<KeyValuePair<string, CommandHandler>> All() =>
    [
        new("insert", (command, _, token) => WriteAsync(InsertSql, command, token)),
        new("update", (command, _, token) => WriteAsync(UpdateSql, command, token)),
        new("delete", (command, _, token) => WriteAsync(DeleteSql, command, token)),
        new("findAndModify", FindAndModifyAsync),
        new("findandmodify", FindAndModifyAsync),
    ];

    private async Task<ReadOnlyMemory<byte>> WriteAsync(string sql, Command command, CancellationToken cancellationToken)
    {
        var sequence = command.Sequence is { } documents ? (object)documents : DBNull.Value;
        var (reply, succeeded) = await client.WriteAsync(
            sql, [command.Database, command.Body, sequence], cancellationToken);
        return succeeded ? reply : TranslateErrors(command, reply);
    }

    private async Task<ReadOnlyMemory<byte>> FindAndModifyAsync(
        Command command, Peer peer, CancellationToken cancellationToken) =>
        await client.QueryDocumentAsync(FindAndModifySql, [command.Database, command.Body], cancellationToken);

    private static byte[] TranslateErrors(Command command, byte[] reply)
    {
        var document = BsonSerializer.Deserialize<BsonDocument>(reply);
        foreach (var error in document.GetValue("writeErrors", new BsonArray()).AsBsonArray.Cast<BsonDocument>())
        {
            var code = MongoError.FromPackedSqlState(error["code"].AsInt32);
            error["code"] = code;
            if (code == MongoError.DuplicateKey)
            {
                error["errmsg"] = DuplicateKeyMessage.Reword(command, error["errmsg"].AsString);
            }
        }

        return document.ToBson();
    }
}
