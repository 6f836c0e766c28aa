using System.Net;
using System.Net.Sockets;

namespace SessionManager.TestServer.Processes;

/// <summary>Finds loopback ports and waits for them.</summary>
internal static class LoopbackPort
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(20);

    /// <summary>Finds a port that is free now. Another process may take it first, so callers try again.</summary>
    public static int FindFree()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    public static Task WaitUntilOpenAsync(
        int port, GuardedProcess process, TimeSpan timeout, CancellationToken cancellationToken) =>
        WaitUntilAsync(
            async token =>
            {
                using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                try
                {
                    await socket.ConnectAsync(IPAddress.Loopback, port, token);
                    return true;
                }
                catch (SocketException)
                {
                    return false;
                }
            },
            process,
            timeout,
            cancellationToken);

    public static async Task WaitUntilAsync(
        Func<CancellationToken, Task<bool>> isUpAsync,
        GuardedProcess process,
        TimeSpan timeout,
        CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout);
        try
        {
            while (!await isUpAsync(limit.Token))
            {
                process.ThrowIfExited();
                await Task.Delay(RetryDelay, limit.Token);
            }

            // Someone else may be answering on the port that the process failed to get.
            process.ThrowIfExited();
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new InvalidOperationException(
                $"{process} does not answer after {timeout.TotalSeconds} s. Its log ends with:\n{process.ReadLogEnd()}");
        }
    }
}
