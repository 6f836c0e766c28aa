using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using SessionManager.TestServer.Servers;

namespace SessionManager.TestServer;

/// <summary>Offers the server on the command line.</summary>
internal static class ConsoleProgram
{
    /// <summary>What <c>exec</c> sets to <see cref="Gateway"/> for its command, where the server is that.</summary>
    public const string ServerVariable = "SESSION_TEST_SERVER";
    public const string Gateway = "gateway";

    private const string UntilStdinCloses = "--until-stdin-closes";
    private const string ReplicaSet = "--replica-set";
    private const string Durable = "--durable";

    private const string Usage =
        $"""
        Finds or starts a MongoDB for tests. It listens on loopback only and has no authentication.

          (no arguments)            Print which server it is and its connection string, and keep it until Ctrl+C.
          {UntilStdinCloses}      The same, until the standard input ends.
          exec COMMAND [ARGUMENT]...  Run a command with MONGODB_URI set, and end with its exit code;
                                    {ServerVariable} is set to '{Gateway}' where it is that.

        Before these, for the gateway that is started where there is no other server:
          {ReplicaSet}             A replica set of one member, as with {MongoTestServerOptions.TopologyVariable}=replicaset.
          {Durable}                 What is acknowledged survives the end of the server's processes, as with
                                    {MongoTestServerOptions.DurabilityVariable}=durable.
        """;

    public static async Task<int> RunAsync(string[] arguments)
    {
        try
        {
            return await RunAsync(MongoTestServerOptions.FromEnvironment(), arguments);
        }
        catch (Exception exception) when (exception is InvalidOperationException or Win32Exception)
        {
            await Console.Error.WriteLineAsync(exception.Message);
            return 1;
        }
    }

    private static async Task<int> RunAsync(MongoTestServerOptions options, string[] arguments)
    {
        switch (arguments)
        {
            case [ReplicaSet, .. var rest]:
                options.IsReplicaSet = true;
                return await RunAsync(options, rest);
            case [Durable, .. var rest]:
                options.IsDurable = true;
                return await RunAsync(options, rest);
            case []:
                await ServeAsync(options, WaitForSignalAsync);
                return 0;
            case [UntilStdinCloses]:
                await ServeAsync(options, WaitForEndOfInputAsync);
                return 0;
            case ["exec", var command, .. var rest]:
                return await ExecuteAsync(options, command, rest);
            default:
                await Console.Error.WriteLineAsync(Usage);
                return 2;
        }
    }

    private static async Task ServeAsync(MongoTestServerOptions options, Func<CancellationToken, Task> waitAsync)
    {
        using var stop = new CancellationTokenSource();
        using var interrupt = OnSignal(PosixSignal.SIGINT, stop.Cancel);
        using var terminate = OnSignal(PosixSignal.SIGTERM, stop.Cancel);
        try
        {
            await using var server = await MongoTestServer.StartAsync(options, Console.Error.WriteLine, stop.Token);
            Console.WriteLine(server.ConnectionString);
            await waitAsync(stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Asked to stop, while starting or later: both are an orderly end.
        }
    }

    private static Task WaitForSignalAsync(CancellationToken cancellationToken) =>
        Task.Delay(Timeout.Infinite, cancellationToken);

    private static async Task WaitForEndOfInputAsync(CancellationToken cancellationToken)
    {
        while (await Console.In.ReadLineAsync(cancellationToken) is not null)
        {
        }
    }

    private static async Task<int> ExecuteAsync(MongoTestServerOptions options, string command, string[] arguments)
    {
        await using var server = await MongoTestServer.StartAsync(options, Console.Error.WriteLine);
        var start = new ProcessStartInfo(command, arguments);
        start.Environment[ConfiguredServerSource.Variable] = server.ConnectionString;
        start.Environment[ServerVariable] = server.IsGateway ? Gateway : null;
        using var process = Process.Start(start)!;

        // Ctrl+C reaches the command by itself; a signal to this process alone has to be passed on.
        using var interrupt = OnSignal(PosixSignal.SIGINT, static () => { });
        using var terminate = OnSignal(PosixSignal.SIGTERM, () => Terminate(process));
        await process.WaitForExitAsync();
        return process.ExitCode;
    }

    private static PosixSignalRegistration OnSignal(PosixSignal signal, Action action) =>
        PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            action();
        });

    private static void Terminate(Process process)
    {
        using var kill = Process.Start("kill", ["-s", "TERM", $"{process.Id}"]);
        kill.WaitForExit();
    }
}
