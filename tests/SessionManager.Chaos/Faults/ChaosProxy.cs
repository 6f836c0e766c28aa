using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using MongoDB.Driver;

namespace SessionManager.Chaos.Faults;

/// <summary>
/// The line between the workers and the server, which can be cut, blackholed, slowed and refused.
/// </summary>
internal sealed class ChaosProxy : IAsyncDisposable
{
    private static readonly TimeSpan BlackholeCheck = TimeSpan.FromMilliseconds(20);

    private readonly ConcurrentDictionary<Socket, Socket> _lines = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly DnsEndPoint _target;
    private readonly Task _accepting;
    private Socket _listener;
    private int _answersToLose;
    private TaskCompletionSource _accepted = new();

    public ChaosProxy(string connectionString)
    {
        var url = new MongoUrl(connectionString);
        _target = new DnsEndPoint(url.Server.Host, url.Server.Port, AddressFamily.InterNetwork);
        _listener = Listen(0);
        var port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
        ConnectionString = new MongoUrlBuilder(connectionString) { Server = new MongoServerAddress("127.0.0.1", port), DirectConnection = true }.ToString();
        _accepted.SetResult();
        _accepting = AcceptAsync(port);
    }

    public string ConnectionString { get; }

    /// <summary>
    /// Gets or sets a value indicating whether everything stays where it is: nothing arrives, and no line closes.
    /// </summary>
    public bool IsBlackhole { get; set; }

    /// <summary>
    /// Gets or sets how much longer everything takes.
    /// </summary>
    public TimeSpan Delay { get; set; }

    /// <summary>
    /// Cuts every line at once.
    /// </summary>
    public void CutAll()
    {
        foreach (var (client, server) in _lines)
        {
            Cut(client, server);
        }
    }

    /// <summary>
    /// Loses the next answers with their lines, after the server has done what was asked.
    /// </summary>
    public void LoseAnswers(int count) => Volatile.Write(ref _answersToLose, count);

    /// <summary>
    /// Lets nobody connect, as a server that is down, and cuts the lines that are there.
    /// </summary>
    public void Refuse()
    {
        _accepted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _listener.Dispose();
        CutAll();
    }

    /// <summary>
    /// Lets clients connect again.
    /// </summary>
    public void Accept() => _accepted.TrySetResult();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        Accept();
        CutAll();
        await _accepting;
        _stop.Dispose();
    }

    private static Socket Listen(int port)
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
        listener.Listen();
        return listener;
    }

    // A line that is closed in order could still deliver; one that is reset cannot.
    private static void Cut(Socket client, Socket server)
    {
        client.Close(0);
        server.Close(0);
    }

    private async Task AcceptAsync(int port)
    {
        var lines = new List<Task>();
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                lines.Add(ForwardAsync(await _listener.AcceptAsync(_stop.Token)));
                lines.RemoveAll(line => line.IsCompleted);
            }
            catch (Exception exception) when (exception is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                await _accepted.Task;
                if (!_stop.IsCancellationRequested)
                {
                    _listener = Listen(port);
                }
            }
        }

        await Task.WhenAll(lines);
    }

    private async Task ForwardAsync(Socket client)
    {
        using var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        using (client)
        {
            try
            {
                client.NoDelay = server.NoDelay = true;
                await server.ConnectAsync(_target, _stop.Token);
                _lines[client] = server;
                await await Task.WhenAny(PumpAsync(client, server, isAnswer: false), PumpAsync(server, client, isAnswer: true));
            }
            catch (Exception exception) when (exception is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // Cut, here or at one of the ends.
            }

            _lines.TryRemove(client, out _);
            Cut(client, server);
        }
    }

    private async Task PumpAsync(Socket from, Socket to, bool isAnswer)
    {
        var buffer = new byte[1 << 16];
        for (int count; (count = await from.ReceiveAsync(buffer, _stop.Token)) > 0;)
        {
            if (Delay > TimeSpan.Zero)
            {
                await Task.Delay(Delay, _stop.Token);
            }

            while (IsBlackhole)
            {
                await Task.Delay(BlackholeCheck, _stop.Token);
            }

            if (isAnswer && Volatile.Read(ref _answersToLose) > 0 && Interlocked.Decrement(ref _answersToLose) >= 0)
            {
                return;
            }

            for (var sent = 0; sent < count;)
            {
                sent += await to.SendAsync(buffer.AsMemory(sent, count - sent), _stop.Token);
            }
        }
    }
}
