using MongoDB.Bson;
using MongoDB.Bson.Serialization;

namespace SessionManager.TestServer.Gateway.FailPoints;

/// <summary>Runs commands as the fail points that are set want it.</summary>
internal sealed class FaultyDispatcher(CommandHandler next, FailPointRegistry failPoints)
{
    private const string ErrorLabels = "errorLabels";
    private const string WriteConcernError = "writeConcernError";

    private static readonly HashSet<string> Writes = new(
        [
            "insert", "update", "delete", "findAndModify", "create", "createIndexes", "collMod", "drop", "dropDatabase",
            "dropIndexes", "deleteIndexes", "renameCollection",
        ],
        StringComparer.OrdinalIgnoreCase);

    public async Task<ReadOnlyMemory<byte>> ExecuteAsync(
        Command command, Peer peer, CancellationToken cancellationToken)
    {
        if (failPoints.IsEmpty || command.Name == FailPointCommands.Configure)
        {
            return await next(command, peer, cancellationToken);
        }

        var failCommand = failPoints.Enter(
            FailPointNames.FailCommand, command, peer, failPoint => ActsOn(failPoint.Data, command));
        await FailAsync(failCommand, cancellationToken);

        if (failPoints.Enter(FailPointNames.LoseReply, command, peer, static _ => true) is null)
        {
            return await ExecuteAsync(failCommand, command, peer, cancellationToken);
        }

        try
        {
            await ExecuteAsync(failCommand, command, peer, cancellationToken);
        }
        catch (CommandException)
        {
            // That is lost as well.
        }

        throw new CloseConnectionException();
    }

    // MongoDB's order: closing the connection stands before an error code, and both before a write concern error, which
    // commands that do not write have none of.
    private static bool ActsOn(BsonDocument data, Command command) =>
        IsTrue(data, "blockConnection")
        || IsTrue(data, "closeConnection")
        || data.Contains("errorCode")
        || (data.Contains(WriteConcernError) && Writes.Contains(command.Name));

    private static bool IsTrue(BsonDocument data, string name) => data.GetValue(name, false).ToBoolean();

    private static async Task FailAsync(FailPoint? failCommand, CancellationToken cancellationToken)
    {
        if (failCommand?.Data is not { } data)
        {
            return;
        }

        if (IsTrue(data, "blockConnection"))
        {
            await Task.Delay(data.GetValue("blockTimeMS", 0).ToInt32(), cancellationToken);
        }

        if (IsTrue(data, "closeConnection"))
        {
            throw new CloseConnectionException();
        }

        if (data.TryGetValue("errorCode", out var code))
        {
            throw new CommandException(code.ToInt32(), "Failing command via 'failCommand' failpoint")
            {
                Details = data.TryGetValue(ErrorLabels, out var labels) ? new(ErrorLabels, labels) : [],
            };
        }
    }

    private async Task<ReadOnlyMemory<byte>> ExecuteAsync(
        FailPoint? failCommand, Command command, Peer peer, CancellationToken cancellationToken)
    {
        if (failCommand is null || !failCommand.Data.Contains(WriteConcernError) || !Writes.Contains(command.Name))
        {
            return await ExecuteStatementsAsync(command, peer, cancellationToken);
        }

        var details = RetryableErrors.Label(
            [.. failCommand.Data.Where(element => element.Name is WriteConcernError or ErrorLabels)],
            command,
            failCommand.Data[WriteConcernError]["code"].ToInt32());
        try
        {
            var reply = await ExecuteStatementsAsync(command, peer, cancellationToken);
            return BsonSerializer.Deserialize<BsonDocument>(reply.ToArray()).Merge(details).ToBson();
        }
        catch (CommandException exception)
        {
            // MongoDB waits for the write concern after a failure too.
            throw new CommandException(exception.Code, exception.Message) { Details = details };
        }
    }

    private async Task<ReadOnlyMemory<byte>> ExecuteStatementsAsync(
        Command command, Peer peer, CancellationToken cancellationToken)
    {
        if (!Statements.AreIn(command))
        {
            return await ReadAsync(command, peer, cancellationToken);
        }

        var fault = failPoints.Enter(
            FailPointNames.FailStatements, command, peer, failPoint => StatementFault.ActsOn(failPoint.Data, command));
        return fault is null
            ? await next(command, peer, cancellationToken)
            : await StatementFault.ExecuteAsync(
                fault.Data, command, part => next(part, peer, cancellationToken));
    }

    private Task<ReadOnlyMemory<byte>> ReadAsync(Command command, Peer peer, CancellationToken cancellationToken)
    {
        var lag = command.Name is "find" or "aggregate" && command.Transport.ReadConcernLevel == "majority"
            ? failPoints.Enter(FailPointNames.LagMajorityReads, command, peer, static _ => true)
            : null;
        return next(lag is null ? command : command with { Snapshot = lag.Snapshot!.Id }, peer, cancellationToken);
    }
}
