using MongoDB.Bson;

namespace SessionManager.TestServer.Gateway.FailPoints;

/// <summary>The command that sets fail points and turns them off.</summary>
internal sealed class FailPointCommands(DocumentDbClient client, FailPointRegistry failPoints)
{
    public const string Configure = "configureFailPoint";

    private static readonly string[] Scope = ["appName", "namespace"];

    // A misspelt field would make a test pass that tests nothing, so what is not known is refused.
    private static readonly Dictionary<string, (string[] Required, string[] Optional)> Fields = new()
    {
        [FailPointNames.FailCommand] = (
            ["failCommands"],
            [.. Scope, "errorCode", "errorLabels", "writeConcernError", "closeConnection", "blockConnection", "blockTimeMS"]),
        [FailPointNames.FailStatements] = (
            ["writeErrors"], [.. Scope, "failCommands", "errorLabels", "writeConcernError"]),
        [FailPointNames.LoseReply] = (["failCommands"], Scope),
        [FailPointNames.LagMajorityReads] = ([], Scope),
    };

    public IEnumerable<KeyValuePair<string, CommandHandler>> All() => [new(Configure, ConfigureAsync)];

    private async Task<ReadOnlyMemory<byte>> ConfigureAsync(
        Command command, Peer peer, CancellationToken cancellationToken)
    {
        if (command.Database != "admin")
        {
            throw new CommandException(
                MongoError.Unauthorized, $"{Configure} may only be run against the admin database.");
        }

        if (!Fields.TryGetValue(command.Target, out var fields))
        {
            throw new CommandException(MongoError.FailPointSetFailed, $"{command.Target} not found");
        }

        var document = command.ToDocument();
        var data = document.GetValue("data", new BsonDocument()).AsBsonDocument;
        var mode = FailPointMode.Parse(document.GetValue("mode", BsonNull.Value));
        var gone = mode is null
            ? failPoints.TurnOff(command.Target, document.Contains("data") ? FailPointScope.Of(data) : null)
            : await SetAsync(command.Target, data, mode.Value, fields.Required, fields.Optional, cancellationToken);
        foreach (var failPoint in gone)
        {
            await (failPoint.Snapshot?.DisposeAsync() ?? ValueTask.CompletedTask);
        }

        return Reply.Ok.Add("count", gone.Sum(failPoint => failPoint.Count)).ToBson();
    }

    private async Task<IReadOnlyList<FailPoint>> SetAsync(
        string name,
        BsonDocument data,
        FailPointMode mode,
        string[] required,
        string[] optional,
        CancellationToken cancellationToken)
    {
        var missing = required.Except(data.Names);
        var unknown = data.Names.Except(required).Except(optional);
        if (missing.Any() || unknown.Any())
        {
            throw new CommandException(
                MongoError.BadValue,
                $"the data of {name} lack [{string.Join(", ", missing)}] and have the unknown [{string.Join(", ", unknown)}]");
        }

        return failPoints.Set(new FailPoint(name, data, mode)
        {
            Snapshot = name == FailPointNames.LagMajorityReads ? await client.OpenSnapshotAsync(cancellationToken) : null,
        });
    }
}
