using System.Diagnostics;
using System.Net.Sockets;

namespace SessionManager.Benchmarks.Distance;

/// <summary>
/// One direction of a line: what comes in goes out after a time, in order.
/// </summary>
internal sealed class DelayedPipe(Socket from, Socket to, long delayTicks)
{
    private const int BufferSize = 1 << 16;

    private readonly Queue<(byte[] Data, int Count, long Due)> _held = new();
    private readonly Stack<byte[]> _free = new();
    private int _sent;

    public Socket From => from;

    /// <summary>
    /// Gets when the oldest of what is held is due, as a timestamp.
    /// </summary>
    public long NextDue => _held.TryPeek(out var first) ? first.Due : long.MaxValue;

    /// <summary>
    /// Takes what has come in.
    /// </summary>
    /// <returns>Whether the line is open.</returns>
    public bool TryReceive()
    {
        while (true)
        {
            var buffer = _free.TryPop(out var free) ? free : new byte[BufferSize];
            var count = from.Receive(buffer, SocketFlags.None, out var error);
            if (error == SocketError.WouldBlock)
            {
                _free.Push(buffer);
                return true;
            }

            if (error != SocketError.Success || count == 0)
            {
                return false;
            }

            _held.Enqueue((buffer, count, Stopwatch.GetTimestamp() + delayTicks));
            if (count < BufferSize)
            {
                return true;
            }
        }
    }

    /// <summary>
    /// Sends what is due.
    /// </summary>
    /// <returns>Whether the line is open.</returns>
    public bool TrySend(long now)
    {
        while (_held.TryPeek(out var first) && first.Due <= now)
        {
            _sent += to.Send(first.Data.AsSpan(_sent, first.Count - _sent), SocketFlags.None, out var error);
            if (error == SocketError.WouldBlock)
            {
                return true;
            }

            if (error != SocketError.Success)
            {
                return false;
            }

            if (_sent == first.Count)
            {
                _sent = 0;
                _free.Push(_held.Dequeue().Data);
            }
        }

        return true;
    }
}
