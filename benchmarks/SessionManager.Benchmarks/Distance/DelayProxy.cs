using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace SessionManager.Benchmarks.Distance;

/// <summary>
/// Makes a server look far away: holds everything for half of a round trip in each direction.
/// </summary>
/// <remarks>
/// One thread does it all, in a process of its own: what it uses would else count as the client's, and the client's
/// garbage collections would stop it. Each delay has a port of its own.
/// </remarks>
internal sealed class DelayProxy
{
    private const long Idle = 100_000_000;

    // A wait ends some microseconds late; the last of it is spent looking at the clock.
    private const long SpinNanoseconds = 20_000;

    private readonly EndPoint _target;
    private readonly (Socket Listener, long DelayTicks)[] _listeners;
    private readonly List<(DelayedPipe There, DelayedPipe Back)> _lines = [];
    private PollDescriptor[] _descriptors = new PollDescriptor[16];

    private DelayProxy(EndPoint target, IEnumerable<long> delayTicks)
    {
        _target = target;
        _listeners = [.. delayTicks.Select(ticks => (Listen(), ticks))];
    }

    /// <summary>
    /// Runs in a process of its own, until its standard input ends: host and port of the server, then the round trips in microseconds.
    /// Prints the port of each.
    /// </summary>
    public static int Run(string[] arguments)
    {
        var target = new DnsEndPoint(arguments[0], int.Parse(arguments[1], CultureInfo.InvariantCulture), AddressFamily.InterNetwork);
        var proxy = new DelayProxy(target, arguments.Skip(2).Select(argument => long.Parse(argument, CultureInfo.InvariantCulture) * Stopwatch.Frequency / 2_000_000));
        foreach (var (listener, _) in proxy._listeners)
        {
            Console.WriteLine(((IPEndPoint)listener.LocalEndPoint!).Port);
        }

        new Thread(proxy.Serve) { IsBackground = true }.Start();
        while (Console.ReadLine() is not null)
        {
            // Only the end matters.
        }

        return 0;
    }

    private static Socket Listen()
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        listener.Blocking = false;
        return listener;
    }

    private void Serve()
    {
        // Without the right to it the delays are less exact under load; the table prints what they are.
        NativeClock.Prefer();
        NativeClock.Sharpen();
        while (true)
        {
            var count = FillDescriptors();
            NativeClock.Poll(_descriptors, count, GetWait());
            for (var i = 0; i < _listeners.Length; i++)
            {
                if (_descriptors[i].Results != 0)
                {
                    Accept(_listeners[i].Listener, _listeners[i].DelayTicks);
                }
            }

            ServeLines();
        }
    }

    private void ServeLines()
    {
        // Lines that were accepted just now have no descriptor yet, and nothing to do.
        for (var i = _lines.Count - 1; i >= 0; i--)
        {
            var (there, back) = _lines[i];
            var index = _listeners.Length + (2 * i);
            var isOpen = (!IsReady(index) || there.TryReceive()) && (!IsReady(index + 1) || back.TryReceive());
            var now = Stopwatch.GetTimestamp();
            if (!isOpen || !there.TrySend(now) || !back.TrySend(now))
            {
                there.From.Dispose();
                back.From.Dispose();
                _lines.RemoveAt(i);
            }
        }
    }

    private bool IsReady(int index) => index < _descriptors.Length && _descriptors[index].Results != 0;

    private void Accept(Socket listener, long delayTicks)
    {
        var client = listener.Accept();
        var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        server.Connect(_target);
        client.NoDelay = server.NoDelay = true;
        client.Blocking = server.Blocking = false;
        _lines.Add((new DelayedPipe(client, server, delayTicks), new DelayedPipe(server, client, delayTicks)));
    }

    private int FillDescriptors()
    {
        var count = _listeners.Length + (2 * _lines.Count);
        if (_descriptors.Length < count)
        {
            _descriptors = new PollDescriptor[2 * count];
        }

        Array.Clear(_descriptors);
        for (var i = 0; i < _listeners.Length; i++)
        {
            Watch(i, _listeners[i].Listener);
        }

        for (var i = 0; i < _lines.Count; i++)
        {
            Watch(_listeners.Length + (2 * i), _lines[i].There.From);
            Watch(_listeners.Length + (2 * i) + 1, _lines[i].Back.From);
        }

        return count;
    }

    private void Watch(int index, Socket socket) =>
        _descriptors[index] = new PollDescriptor { Descriptor = (int)socket.Handle, Events = PollDescriptor.Readable };

    private long GetWait()
    {
        var due = long.MaxValue;
        foreach (var (there, back) in _lines)
        {
            due = Math.Min(due, Math.Min(there.NextDue, back.NextDue));
        }

        if (due == long.MaxValue)
        {
            return Idle;
        }

        var nanoseconds = (due - Stopwatch.GetTimestamp()) * 1_000_000_000 / Stopwatch.Frequency;
        return Math.Clamp(nanoseconds - SpinNanoseconds, 0, Idle);
    }
}
