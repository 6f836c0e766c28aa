using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using SessionManager.TestServer.Gateway.FailPoints;

namespace SessionManager.TestServer.Gateway;

/// <summary>
/// Speaks MongoDB's wire protocol in front of DocumentDB, as a standalone server without transactions.
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
    private readonly FaultyDispatcher _dispatcher;
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<int, GatewayConnection> _connections = [];
    private readonly Task _accepting;

    private GatewayServer(DocumentDbClient client, string version)
    {
        _client = client;
        DocumentDbVersion = version;
        var failPoints = new FailPointRegistry();
        _dispatcher = new FaultyDispatcher(new CommandDispatcher(client, failPoints), failPoints);
        _listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(Backlog);
        Port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
        _accepting = AcceptAsync(_stopping.Token);
    }

    public int Port { get; }

    public string DocumentDbVersion { get; }

    public string ConnectionString => $"mongodb://127.0.0.1:{Port}/?directConnection=true";

    public static async Task<GatewayServer> StartAsync(
        string postgresConnectionString, CancellationToken cancellationToken)
    {
        var client = new DocumentDbClient(postgresConnectionString);
        try
        {
            return new GatewayServer(client, await client.GetVersionAsync(cancellationToken));
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
            var connection = new GatewayConnection(socket, new Peer(id, $"{socket.RemoteEndPoint}"), _dispatcher);
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
