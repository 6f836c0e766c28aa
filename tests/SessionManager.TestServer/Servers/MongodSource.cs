using SessionManager.TestServer.Processes;

namespace SessionManager.TestServer.Servers;

/// <summary>Way 2: an installed <c>mongod</c>, on a free loopback port with a private data folder.</summary>
internal sealed class MongodSource(ServerEnvironment environment) : IServerSource
{
    public const string Variable = "MONGOD_PATH";

    private const int Attempts = 5;
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);

    public string Name => $"mongod at {Executable}";

    private string? Executable => environment.GetVariable(Variable) is { Length: > 0 } configured
        ? configured
        : environment.FindOnPath("mongod");

    public ValueTask<bool> IsAvailableAsync(CancellationToken cancellationToken) =>
        ValueTask.FromResult(Executable is not null);

    public async Task<IRunningServer> StartAsync(Action<string> log, CancellationToken cancellationToken)
    {
        var executable = Executable!;
        if (!File.Exists(executable))
        {
            throw new InvalidOperationException($"{Variable} names '{executable}', which is not there.");
        }

        for (var attempt = 1; ; attempt++)
        {
            var port = LoopbackPort.FindFree();
            var process = Start(executable, port);
            try
            {
                await LoopbackPort.WaitUntilOpenAsync(port, process, StartTimeout, cancellationToken);
                return new Server(process, executable, port);
            }
            catch (ServerExitedException) when (attempt < Attempts && process.LogContains("Address already in use"))
            {
                await process.DisposeAsync();
            }
            catch
            {
                await process.DisposeAsync();
                throw;
            }
        }
    }

    private static GuardedProcess Start(string executable, int port)
    {
        var folder = Directory.CreateTempSubdirectory("session-manager-mongod-").FullName;
        return GuardedProcess.Start(
            folder,
            "KILL", // The data is thrown away, so there is nothing to shut down in order.
            executable,
            "--port", $"{port}", "--bind_ip", "127.0.0.1", "--dbpath", folder,
            "--setParameter", "enableTestCommands=1"); // Tests set MongoDB's fail points.
    }

    private sealed class Server(GuardedProcess process, string executable, int port) : IRunningServer
    {
        public string ConnectionString { get; } = $"mongodb://127.0.0.1:{port}/?directConnection=true";

        public string Description => $"{executable} on port {port}";

        public ValueTask DisposeAsync() => process.DisposeAsync();
    }
}
