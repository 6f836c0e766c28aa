using System.Collections.Frozen;
using Npgsql;
using SessionManager.TestServer.Gateway.FailPoints;
using SessionManager.TestServer.Gateway.ReplicaSets;

namespace SessionManager.TestServer.Gateway;

/// <summary>Finds the handler of a command and turns DocumentDB's errors into MongoDB's.</summary>
internal sealed class CommandDispatcher
{
    private readonly FrozenDictionary<string, CommandHandler> _handlers;
    private readonly DuplicateKeyMessage _duplicateKeyMessage;

    public CommandDispatcher(DocumentDbClient client, FailPointRegistry failPoints, ReplicaSet? replicaSet)
    {
        _duplicateKeyMessage = new DuplicateKeyMessage(client);
        _handlers = new[]
            {
                ServerCommands.All(replicaSet),
                new WriteCommands(client).All(),
                new CursorCommands(client).All(),
                new QueryCommands(client).All(),
                new IndexCommands(client).All(),
                new NamespaceCommands(client).All(),
                new FailPointCommands(client, failPoints).All(),
            }
            .SelectMany(group => group)
            .ToFrozenDictionary(pair => pair.Key, pair => pair.Value, StringComparer.Ordinal);
    }

    public async Task<ReadOnlyMemory<byte>> ExecuteAsync(
        Command command, Peer peer, CancellationToken cancellationToken)
    {
        if (!_handlers.TryGetValue(command.Name, out var handler))
        {
            throw new CommandException(MongoError.CommandNotFound, $"no such command: '{command.Name}'");
        }

        try
        {
            return await handler(command, peer, cancellationToken);
        }
        catch (PostgresException exception)
        {
            var code = MongoError.FromSqlState(exception.SqlState);
            throw new CommandException(
                code,
                code == MongoError.DuplicateKey
                    ? await _duplicateKeyMessage.OfAsync(command, exception, cancellationToken)
                    : exception.MessageText);
        }
    }
}
