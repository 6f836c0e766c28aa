using SessionManager.TestServer.Gateway;
using SessionManager.TestServer.Servers;

namespace SessionManager.TestServer.DocumentDb;

/// <summary>
/// Way 4: DocumentDB from Debian's packages in a root file system of its own, behind the gateway of this assembly.
/// </summary>
internal sealed class DocumentDbSource(ServerEnvironment environment, MongoTestServerOptions options) : IServerSource
{
    public string Name => "DocumentDB from Debian's packages";

    public ValueTask<bool> IsAvailableAsync(CancellationToken cancellationToken) =>
        ValueTask.FromResult(environment.IsDebianWithRoot);

    public async Task<IRunningServer> StartAsync(Action<string> log, CancellationToken cancellationToken)
    {
        var cache = new DocumentDbCache(environment);
        var postgres = await PostgresServer.StartAsync(cache, options.IsDurable, log, cancellationToken);
        try
        {
            var gateway = await GatewayServer.StartAsync(postgres.ConnectionString, options.IsReplicaSet, cancellationToken);
            return new Server(postgres, gateway, options);
        }
        catch
        {
            await postgres.DisposeAsync();
            throw;
        }
    }

    private sealed class Server(PostgresServer postgres, GatewayServer gateway, MongoTestServerOptions options)
        : IRunningServer
    {
        public string ConnectionString => gateway.ConnectionString;

        public string Description =>
            $"DocumentDB {gateway.DocumentDbVersion} on port {gateway.Port}, "
            + $"{(options.IsReplicaSet ? "replica set" : "standalone")}{(options.IsDurable ? ", durable" : "")}";

        public async ValueTask DisposeAsync()
        {
            await gateway.DisposeAsync();
            await postgres.DisposeAsync();
        }
    }
}
