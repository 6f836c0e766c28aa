using System.Collections.Concurrent;
using MongoDB.Bson;
using MongoDB.Bson.Serialization;

namespace SessionManager.TestServer.Gateway.ReplicaSets;

/// <summary>
/// Executes each statement of a session's transaction number once, however often it is sent, and answers its retries with
/// what it did then.
/// </summary>
internal sealed class RetryableWrites(CommandHandler next)
{
    private const string EndSessions = "endSessions";

    private readonly ConcurrentDictionary<string, ClientSession> _sessions = [];

    public async Task<ReadOnlyMemory<byte>> ExecuteAsync(
        Command command, Peer peer, CancellationToken cancellationToken)
    {
        if (command.Name == EndSessions)
        {
            Forget(command);
        }

        if (command.Transport.TransactionNumber is not { } transactionNumber)
        {
            return await next(command, peer, cancellationToken);
        }

        RefuseUnlessRetryable(command);
        var session = _sessions.GetOrAdd(command.Transport.SessionId!, static _ => new ClientSession());
        return await session.ExecuteAsync(async () =>
        {
            session.Begin(transactionNumber);
            return Statements.AreIn(command)
                ? await new StatementRetry(session, command, part => next(part, peer, cancellationToken)).ExecuteAsync()
                : await FindAndModifyAsync(session, command, peer, cancellationToken);
        });
    }

    private static void RefuseUnlessRetryable(Command command)
    {
        if (command.Transport.IsInTransaction)
        {
            throw new CommandException(MongoError.CommandNotSupported, "This server has no transactions.");
        }

        if (command.Transport.SessionId is null)
        {
            throw new CommandException(MongoError.InvalidOptions, "Transaction number requires a session ID to also be specified");
        }

        if (!Statements.AreIn(command) && !IsFindAndModify(command))
        {
            throw new CommandException(
                MongoError.NotARetryableWriteCommand,
                "txnNumber may only be provided for multi-document transactions and retryable write commands. "
                + $"autocommit:false was not provided, and {command.Name} is not a retryable write command.");
        }
    }

    private static bool IsFindAndModify(Command command) => command.Name is "findAndModify" or "findandmodify";

    private async Task<ReadOnlyMemory<byte>> FindAndModifyAsync(
        ClientSession session, Command command, Peer peer, CancellationToken cancellationToken)
    {
        if (session.FindAndModifyReply is { } recorded)
        {
            return BsonElements.Append(recorded.Span, new BsonDocument("retriedStmtId", 0));
        }

        var reply = await next(command, peer, cancellationToken);
        var document = BsonSerializer.Deserialize<BsonDocument>(reply.ToArray());
        if (document["lastErrorObject"]["n"].ToInt32() > 0)
        {
            session.FindAndModifyReply = reply;
        }

        return reply;
    }

    private void Forget(Command command)
    {
        foreach (var session in command.ToDocument()[EndSessions].AsBsonArray)
        {
            _sessions.TryRemove(CommandTransport.SessionIdOf(session["id"].AsBsonBinaryData.Bytes), out _);
        }
    }
}
