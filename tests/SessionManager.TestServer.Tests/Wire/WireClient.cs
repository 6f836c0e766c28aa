using System.Buffers.Binary;
using System.Net.Sockets;
using MongoDB.Bson;
using MongoDB.Bson.Serialization;
using MongoDB.Driver;

namespace SessionManager.TestServer.Tests.Wire;

/// <summary>Speaks the wire protocol byte by byte, where the driver would not let a test do so.</summary>
internal sealed class WireClient : IDisposable
{
    public const int OpReply = 1;
    public const int OpQuery = 2004;
    public const int OpMsg = 2013;
    public const uint ChecksumPresent = 1;
    public const uint MoreToCome = 2;

    private const int HeaderLength = 16;

    private readonly Socket _socket;

    private WireClient(Socket socket) => _socket = socket;

    public static async Task<WireClient> ConnectAsync(MongoServerAddress address, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(address.Host, address.Port, cancellationToken);
        return new WireClient(socket);
    }

    public static byte[] Message(int requestId, BsonDocument command, uint flags = 0, params byte[][] sections)
    {
        var body = new MemoryStream();
        body.Write(BitConverter.GetBytes(flags));
        body.WriteByte(0);
        body.Write(command.ToBson());
        foreach (var section in sections)
        {
            body.Write(section);
        }

        return Frame(requestId, OpMsg, body.ToArray());
    }

    public static byte[] Sequence(string name, params BsonDocument[] documents)
    {
        byte[] content = [.. System.Text.Encoding.UTF8.GetBytes(name), 0, .. documents.SelectMany(d => d.ToBson())];
        return [1, .. BitConverter.GetBytes(content.Length + sizeof(int)), .. content];
    }

    public static byte[] Query(int requestId, string collection, BsonDocument query) =>
        Frame(requestId, OpQuery,
        [
            .. BitConverter.GetBytes(0),
            .. System.Text.Encoding.UTF8.GetBytes(collection), 0,
            .. BitConverter.GetBytes(0),
            .. BitConverter.GetBytes(-1),
            .. query.ToBson(),
        ]);

    public static byte[] Frame(int requestId, int operation, byte[] body) =>
    [
        .. BitConverter.GetBytes(HeaderLength + body.Length),
        .. BitConverter.GetBytes(requestId),
        .. BitConverter.GetBytes(0),
        .. BitConverter.GetBytes(operation),
        .. body,
    ];

    public async Task SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await _socket.SendAsync(bytes, cancellationToken)..];
        }
    }

    public async Task<Answer> ReceiveAsync(CancellationToken cancellationToken)
    {
        var header = await ReadExactlyAsync(HeaderLength, cancellationToken);
        var length = BinaryPrimitives.ReadInt32LittleEndian(header);
        var body = await ReadExactlyAsync(length - HeaderLength, cancellationToken);
        var operation = BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(12));
        var document = operation == OpReply ? body[20..] : body[5..];
        return new Answer(
            BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(8)),
            operation,
            BsonSerializer.Deserialize<BsonDocument>(document));
    }

    /// <summary>Waits until the server closes the connection; an answer instead of that is an error.</summary>
    public async Task ReceiveEndAsync(CancellationToken cancellationToken)
    {
        try
        {
            Assert.Equal(0, await _socket.ReceiveAsync(new byte[1], cancellationToken));
        }
        catch (SocketException exception)
        {
            Assert.Equal(SocketError.ConnectionReset, exception.SocketErrorCode);
        }
    }

    public void Dispose() => _socket.Dispose();

    private async Task<byte[]> ReadExactlyAsync(int length, CancellationToken cancellationToken)
    {
        var buffer = new byte[length];
        for (var read = 0; read < length;)
        {
            var received = await _socket.ReceiveAsync(buffer.AsMemory(read), cancellationToken);
            Assert.NotEqual(0, received);
            read += received;
        }

        return buffer;
    }

    internal sealed record Answer(int ResponseTo, int Operation, BsonDocument Document);
}
