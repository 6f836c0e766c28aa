using MongoDB.Driver;
using SessionManager.TestServer.DocumentDb;
using SessionManager.TestServer.Servers;
using SessionManager.TestServer.Tests.Gateway.ReplicaSets;

[assembly: AssemblyFixture(typeof(ReplicaSetFixture))]

namespace SessionManager.TestServer.Tests.Gateway.ReplicaSets;

/// <summary>The gateway as a replica set, started by the first test that asks for it.</summary>
public sealed class ReplicaSetFixture : IAsyncLifetime
{
    private readonly Lazy<Task<IRunningServer>> _server = new(() =>
        new DocumentDbSource(ServerEnvironment.OfThisMachine(), new() { IsReplicaSet = true })
            .StartAsync(TestContext.Current.SendDiagnosticMessage, CancellationToken.None));

    private MongoClient? _client;

    public async Task<string> GetConnectionStringAsync() => (await _server.Value).ConnectionString;

    /// <summary>Gets a client without faults.</summary>
    public async Task<MongoClient> GetClientAsync() => _client ??= new MongoClient(await GetConnectionStringAsync());

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        _client?.Dispose();
        if (_server.IsValueCreated)
        {
            await (await _server.Value).DisposeAsync();
        }
    }
}
