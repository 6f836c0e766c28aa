using MongoDB.Driver;

namespace SessionManager.TestServer.Servers;

/// <summary>Way 1: the server that <c>MONGODB_URI</c> names. Nothing is started and nothing is ended.</summary>
internal sealed class ConfiguredServerSource(ServerEnvironment environment) : IServerSource
{
    public const string Variable = "MONGODB_URI";

    public string Name => $"the server in {Variable}";

    public ValueTask<bool> IsAvailableAsync(CancellationToken cancellationToken) =>
        ValueTask.FromResult(!string.IsNullOrWhiteSpace(environment.GetVariable(Variable)));

    public Task<IRunningServer> StartAsync(Action<string> log, CancellationToken cancellationToken)
    {
        var connectionString = environment.GetVariable(Variable)!.Trim();
        try
        {
            return Task.FromResult<IRunningServer>(new Server(connectionString, MongoUrl.Create(connectionString)));
        }
        catch (MongoConfigurationException exception)
        {
            throw new InvalidOperationException($"{Variable} is not a MongoDB connection string.", exception);
        }
    }

    private sealed class Server(string connectionString, MongoUrl url) : IRunningServer
    {
        public string ConnectionString => connectionString;

        // Hosts only: the rest of the string may hold a password.
        public string Description => $"{Variable}, {string.Join(',', url.Servers)}";

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
