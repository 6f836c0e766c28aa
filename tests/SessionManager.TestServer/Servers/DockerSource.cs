using Testcontainers.MongoDb;

namespace SessionManager.TestServer.Servers;

/// <summary>Way 3: a container. Testcontainers' own reaper removes it when this process is gone.</summary>
internal sealed class DockerSource(ServerEnvironment environment) : IServerSource
{
    private const string Image = "mongo:8";

    public string Name => $"a Docker container of {Image}";

    public async ValueTask<bool> IsAvailableAsync(CancellationToken cancellationToken) =>
        await environment.DockerAnswersAsync(cancellationToken);

    public async Task<IRunningServer> StartAsync(Action<string> log, CancellationToken cancellationToken)
    {
        // Tests set MongoDB's fail points.
        var container = new MongoDbBuilder(Image)
            .WithUsername("")
            .WithPassword("")
            .WithCommand("--setParameter", "enableTestCommands=1")
            .Build();
        try
        {
            await container.StartAsync(cancellationToken);
        }
        catch
        {
            await container.DisposeAsync();
            throw;
        }

        return new Server(container);
    }

    private sealed class Server(MongoDbContainer container) : IRunningServer
    {
        public string ConnectionString { get; } = container.GetConnectionString();

        public string Description => $"{Image} in container {container.Name}";

        public ValueTask DisposeAsync() => container.DisposeAsync();
    }
}
