using System.Buffers.Binary;
using System.Net.Sockets;

namespace SessionManager.TestServer.Gateway;

/// <summary>Cuts a TCP stream into messages, however the stream was cut on its way.</summary>
internal sealed class MessageReader(Socket socket)
{
    public const int HeaderLength = 16;
    public const int LongestMessage = 48_000_000;

    private const int UsualBufferLength = 64 * 1024;

    private byte[] _buffer = new byte[UsualBufferLength];
    private int _start;
    private int _end;

    /// <summary>Reads the next message with its header. It is valid until the next call.</summary>
    /// <returns>The message, or nothing if the client has closed the connection between two messages.</returns>
    public async ValueTask<ReadOnlyMemory<byte>> ReadAsync(CancellationToken cancellationToken)
    {
        if (!await FillAsync(HeaderLength, cancellationToken))
        {
            return default;
        }

        var length = BinaryPrimitives.ReadInt32LittleEndian(_buffer.AsSpan(_start));
        if (length is < HeaderLength or > LongestMessage)
        {
            throw new WireProtocolException($"A message names a length of {length} bytes.");
        }

        await FillAsync(length, cancellationToken);
        var message = _buffer.AsMemory(_start, length);
        _start += length;
        return message;
    }

    private async ValueTask<bool> FillAsync(int needed, CancellationToken cancellationToken)
    {
        if (_end - _start >= needed)
        {
            return true;
        }

        MakeRoom(needed);
        while (_end - _start < needed)
        {
            var received = await socket.ReceiveAsync(_buffer.AsMemory(_end), cancellationToken);
            if (received == 0)
            {
                return _end == _start
                    ? false
                    : throw new WireProtocolException("The connection ended in the middle of a message.");
            }

            _end += received;
        }

        return true;
    }

    // A buffer that a long message made grow is given back as soon as what is left fits the usual one.
    private void MakeRoom(int needed)
    {
        var kept = _end - _start;
        var wanted = Math.Max(needed, UsualBufferLength);
        var target = wanted == _buffer.Length ? _buffer : new byte[Math.Max(wanted, kept)];
        _buffer.AsSpan(_start, kept).CopyTo(target);
        _buffer = target;
        _start = 0;
        _end = kept;
    }
}
