using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using SessionManager.TestServer.Gateway.FailPoints;
using SessionManager.TestServer.Gateway.ReplicaSets;

namespace SessionManager.TestServer.Gateway;

/// <summary>
/// Speaks MongoDB's wire protocol in front of DocumentDB, as a standalone server or a replica set of one member, without
/// transactions.
/// </summary>
/// <remarks>
/// It listens on the loopback interface only and asks for no password: it is for tests and local trials.
/// It runs inside the process that starts it and ends with it.
/// </remarks>
internal sealed class GatewayServer : IAsyncDisposable
{
    private const int Backlog = 512;

    private readonly Socket _listener;
    private readonly DocumentDbClient _client;
    private readonly CommandHandler _handler;
    private readonly ReplicaSet? _replicaSet;
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<int, GatewayConnection> _connections = [];
    private readonly Task _accepting;

    private GatewayServer(DocumentDbClient client, string version, bool isReplicaSet)
    {
        _client = client;
        DocumentDbVersion = version;
        _listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(Backlog);
        Port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
        _replicaSet = isReplicaSet ? new ReplicaSet($"127.0.0.1:{Port}") : null;
        _handler = CreateHandler(client, _replicaSet);
        _accepting = AcceptAsync(_stopping.Token);
    }

    public int Port { get; }

    public string DocumentDbVersion { get; }

    public string ConnectionString => _replicaSet is null
        ? $"mongodb://127.0.0.1:{Port}/?directConnection=true"
        : $"mongodb://127.0.0.1:{Port}/?replicaSet={ReplicaSet.Name}";

    public static async Task<GatewayServer> StartAsync(
        string postgresConnectionString, bool isReplicaSet, CancellationToken cancellationToken)
    {
        var client = new DocumentDbClient(postgresConnectionString);
        try
        {
            return new GatewayServer(client, await client.GetVersionAsync(cancellationToken), isReplicaSet);
        }
        catch
        {
            await client.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_connections.Values.Select(connection => connection.Completion));
        await _client.DisposeAsync();
        _stopping.Dispose();
    }

    // A fault is what happens on the way to and from the server, so it stands before what knows retries by their number.
    private static CommandHandler CreateHandler(DocumentDbClient client, ReplicaSet? replicaSet)
    {
        var failPoints = new FailPointRegistry();
        var dispatcher = new CommandDispatcher(client, failPoints, replicaSet);
        CommandHandler executeAsync = replicaSet is null
            ? RefuseTransactionNumber(dispatcher.ExecuteAsync)
            : new RetryableWrites(dispatcher.ExecuteAsync).ExecuteAsync;
        return new FaultyDispatcher(executeAsync, failPoints).ExecuteAsync;
    }

    private static CommandHandler RefuseTransactionNumber(CommandHandler next) => (command, peer, cancellationToken) =>
        command.Transport.TransactionNumber is null
            ? next(command, peer, cancellationToken)
            : throw new CommandException(
                MongoError.IllegalOperation, "Transaction numbers are only allowed on a replica set member or mongos");

    private async Task AcceptAsync(CancellationToken cancellationToken)
    {
        for (var id = 1; ; id++)
        {
            Socket socket;
            try
            {
                socket = await _listener.AcceptAsync(cancellationToken);
            }
            catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }

            socket.NoDelay = true;
            var connection = new GatewayConnection(socket, new Peer(id, $"{socket.RemoteEndPoint}"), _handler, _replicaSet);
            _connections[id] = connection;
            connection.Completion = RunAsync(connection, id, cancellationToken);
        }
    }

    private async Task RunAsync(GatewayConnection connection, int id, CancellationToken cancellationToken)
    {
        await connection.RunAsync(cancellationToken);
        _connections.TryRemove(id, out _);
    }
}
