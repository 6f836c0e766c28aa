using System.Buffers;
using System.Net.Sockets;
using MongoDB.Bson;
using SessionManager.TestServer.Gateway.ReplicaSets;

namespace SessionManager.TestServer.Gateway;

/// <summary>One client connection: reads a command, runs it, answers, one after the other.</summary>
internal sealed class GatewayConnection(Socket socket, Peer peer, CommandHandler handler, ReplicaSet? replicaSet)
{
    private const int LargestKeptBuffer = 1024 * 1024;

    private readonly MessageReader _reader = new(socket);
    private ArrayBufferWriter<byte> _output = new();

    /// <summary>Gets or sets what ends when the connection has ended.</summary>
    public Task Completion { get; set; } = Task.CompletedTask;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using (socket)
        {
            try
            {
                while (await _reader.ReadAsync(cancellationToken) is { IsEmpty: false } message)
                {
                    await AnswerAsync(Request.Parse(message), cancellationToken);
                }
            }
            catch (Exception exception) when (exception
                is WireProtocolException or CloseConnectionException or SocketException or ObjectDisposedException
                or OperationCanceledException)
            {
                // The client is gone, or sent what is not the protocol, or is not to be told, or the gateway ends.
            }
        }
    }

    private async Task AnswerAsync(Request request, CancellationToken cancellationToken)
    {
        var reply = await ExecuteAsync(request, cancellationToken);
        if (!request.WantsReply)
        {
            return;
        }

        Reply.Write(_output, request, (replicaSet?.AddTimes(reply.Span) ?? reply).Span);
        for (var rest = _output.WrittenMemory; !rest.IsEmpty;)
        {
            rest = rest[await socket.SendAsync(rest, cancellationToken)..];
        }

        if (_output.Capacity > LargestKeptBuffer)
        {
            _output = new ArrayBufferWriter<byte>();
        }

        _output.ResetWrittenCount();
    }

    private async Task<ReadOnlyMemory<byte>> ExecuteAsync(Request request, CancellationToken cancellationToken)
    {
        Command? command = null;
        try
        {
            command = Command.From(request);
            peer.Meet(command);
            return await handler(command, peer, cancellationToken);
        }
        catch (CommandException exception)
        {
            return Reply.Error(exception.Code, exception.Message)
                .Merge(RetryableErrors.Label(exception.Details, command, exception.Code))
                .ToBson();
        }
        catch (Exception exception) when (exception
            is not (OperationCanceledException or WireProtocolException or CloseConnectionException))
        {
            // Whatever goes wrong in one command is that command's failure, not the end of the connection.
            return Reply.Error(MongoError.InternalError, exception.Message).ToBson();
        }
    }
}
