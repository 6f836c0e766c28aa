using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using MongoDB.Driver;

namespace SessionManager.Testing.Server;

/// <summary>
/// Stands between the client and the real server, so that a test can cut the line.
/// </summary>
public sealed class TcpProxy : IAsyncDisposable
{
    private static readonly TimeSpan HoldingTime = TimeSpan.FromSeconds(20);

    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentDictionary<Socket, Socket> _lines = new();
    private readonly ConcurrentDictionary<AnswerHold, byte[]> _holds = new();
    private readonly DnsEndPoint _target;
    private readonly TcpListener _listener;
    private readonly Task _accepting;
    private byte[]? _cutAfter;
    private int _cuts;
    private byte[]? _holdAfter;
    private byte[]? _refused;
    private TaskCompletionSource? _answered;
    private ConcurrentDictionary<string, byte[]> _awaited = new();
    private Task _answering = Task.CompletedTask;
    private TaskCompletionSource? _allSeen;

    private TcpProxy(MongoUrl target, int port)
    {
        _target = new DnsEndPoint(target.Server.Host, target.Server.Port);
        _listener = new TcpListener(IPAddress.Loopback, port);
        _listener.Start();
        ConnectionString = GetConnectionString(target, ((IPEndPoint)_listener.LocalEndpoint).Port);
        _accepting = AcceptAsync();
    }

    public string ConnectionString { get; }

    /// <summary>
    /// Starts a proxy in front of the server of a connection string.
    /// </summary>
    public static TcpProxy Start(string connectionString, int port = 0) => new(new MongoUrl(connectionString), port);

    /// <summary>
    /// Gets the connection string that a proxy on a port will have.
    /// </summary>
    public static string GetConnectionString(MongoUrl target, int port) => new MongoUrlBuilder(target.ToString())
    {
        Server = new MongoServerAddress("127.0.0.1", port),

        // A member of a replica set advertises its own address, to which the driver would go past the proxy. Retryable
        // writes are on with a direct connection too.
        DirectConnection = true,
    }.ToString();

    /// <summary>
    /// Cuts every line at once.
    /// </summary>
    public void CutAll()
    {
        foreach (var (client, server) in _lines)
        {
            client.Close(0);
            server.Close(0);
        }
    }

    /// <summary>
    /// Lets the next requests that hold a text reach the server, and cuts the line before their answers come back. With retryable
    /// writes the driver sends a write for a second time by itself, so that what stands behind it sees the loss of two answers only.
    /// </summary>
    public void CutBeforeAnswerTo(string text, int times = 1)
    {
        _cuts = times;
        _cutAfter = System.Text.Encoding.UTF8.GetBytes(text);
    }

    /// <summary>
    /// From a request with one of these texts on, holds every answer back until requests with all of them have come. A client that waits for the answer to
    /// one before it sends the other waits in vain, and the line is cut.
    /// </summary>
    public void AnswerOnlyAfter(params string[] texts)
    {
        _awaited = new(texts.Select(text => KeyValuePair.Create(text, System.Text.Encoding.UTF8.GetBytes(text))));
        _allSeen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>
    /// Lets the next request that holds a text reach the server, and keeps everything that comes back on its line until
    /// <see cref="ReleaseAnswer"/>.
    /// </summary>
    /// <returns>A task that ends when the server has answered.</returns>
    public Task HoldAnswerTo(string text)
    {
        _answered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _holdAfter = System.Text.Encoding.UTF8.GetBytes(text);
        return _answered.Task;
    }

    /// <summary>
    /// From the next request that holds a text on, keeps back what the server answers on any line, until it is released.
    /// </summary>
    public AnswerHold HoldAnswersFrom(string text)
    {
        var hold = new AnswerHold();
        _holds[hold] = System.Text.Encoding.UTF8.GetBytes(text);
        return hold;
    }

    /// <summary>
    /// Makes the next insert that holds a text a command that the server does not know.
    /// </summary>
    public void RefuseInsertOf(string text) => _refused = System.Text.Encoding.UTF8.GetBytes(text);

    public void ReleaseAnswer() => _released.TrySetResult();

    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested)
        {
            return;
        }

        await _stop.CancelAsync();
        _listener.Stop();
        CutAll();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var lines = new List<Task>();
        try
        {
            while (true)
            {
                lines.Add(ForwardAsync(await _listener.AcceptSocketAsync(_stop.Token)));
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or InvalidOperationException)
        {
            // Stopped, maybe between two connections: a listener that does not listen any more is an invalid operation.
            await Task.WhenAll(lines);
        }
    }

    private async Task ForwardAsync(Socket client)
    {
        using var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
        using (client)
        {
            try
            {
                client.NoDelay = server.NoDelay = true;
                await server.ConnectAsync(_target, _stop.Token);
                _lines[client] = server;
                var line = new Line();
                await Task.WhenAny(
                    PumpAsync(client, server, data => Inspect(data, line)),
                    PumpAsync(server, client, _ => AnswerAsync(line)));
            }
            catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException or TimeoutException)
            {
                // The line is cut, by one of its ends or by the test.
            }

            _lines.TryRemove(client, out _);
        }
    }

    private static bool IsFirstWith(ref byte[]? text, ReadOnlyMemory<byte> request)
    {
        var sought = text;
        return sought is not null
            && request.Span.IndexOf(sought) >= 0
            && Interlocked.CompareExchange(ref text, null, sought) == sought;
    }

    private async Task AnswerAsync(Line line)
    {
        if (line.IsCut)
        {
            throw new SocketException((int)SocketError.ConnectionReset);
        }

        if (line.IsHeld)
        {
            _answered!.TrySetResult();
            await _released.Task.WaitAsync(_stop.Token);
        }

        // A command that needs a new connection is not to wait for an answer to its handshake.
        if (!line.IsHandshake)
        {
            await _answering.WaitAsync(_stop.Token);
        }
    }

    private Task Inspect(Memory<byte> request, Line line)
    {
        line.IsHandshake = request.Span.IndexOf("hello\0"u8) >= 0 || request.Span.IndexOf("isMaster\0"u8) >= 0;
        if (IsFirstWith(ref _refused, request))
        {
            "insane"u8.CopyTo(request.Span[request.Span.IndexOf("insert\0"u8)..]);
        }

        foreach (var (hold, text) in _holds)
        {
            if (request.Span.IndexOf(text) >= 0 && _holds.TryRemove(hold, out _))
            {
                _answering = hold.Reach();
            }
        }

        line.IsCut |= _cutAfter is { } cutAfter && request.Span.IndexOf(cutAfter) >= 0 && Interlocked.Decrement(ref _cuts) >= 0;
        line.IsHeld |= IsFirstWith(ref _holdAfter, request);
        foreach (var (text, bytes) in _awaited)
        {
            if (request.Span.IndexOf(bytes) >= 0 && _awaited.TryRemove(text, out _))
            {
                _answering = _allSeen!.Task.WaitAsync(HoldingTime);
                if (_awaited.IsEmpty)
                {
                    _allSeen.TrySetResult();
                }
            }
        }

        return Task.CompletedTask;
    }

    private async Task PumpAsync(Socket from, Socket to, Func<Memory<byte>, Task> inspect)
    {
        var buffer = new byte[1 << 16];
        for (int count; (count = await from.ReceiveAsync(buffer, _stop.Token)) > 0;)
        {
            await inspect(buffer.AsMemory(0, count));
            await to.SendAsync(buffer.AsMemory(0, count), _stop.Token);
        }
    }

    private sealed class Line
    {
        public bool IsCut { get; set; }

        public bool IsHeld { get; set; }

        public bool IsHandshake { get; set; }
    }
}
