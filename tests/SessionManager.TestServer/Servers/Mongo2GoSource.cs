#if MONGO2GO
using Mongo2Go;

namespace SessionManager.TestServer.Servers;

/// <summary>Way 2b, opt-in with <c>-p:UseMongo2Go=true</c>: the mongod that the Mongo2Go package brings along.</summary>
internal sealed class Mongo2GoSource : IServerSource
{
    public string Name => "Mongo2Go";

    public ValueTask<bool> IsAvailableAsync(CancellationToken cancellationToken) => ValueTask.FromResult(true);

    public Task<IRunningServer> StartAsync(Action<string> log, CancellationToken cancellationToken) =>
        Task.FromResult<IRunningServer>(new Server(MongoDbRunner.Start()));

    private sealed class Server(MongoDbRunner runner) : IRunningServer
    {
        public string ConnectionString => runner.ConnectionString;

        public string Description => $"Mongo2Go on {runner.ConnectionString}";

        public ValueTask DisposeAsync()
        {
            runner.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
#endif
