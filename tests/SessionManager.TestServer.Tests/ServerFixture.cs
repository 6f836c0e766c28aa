using MongoDB.Driver;
using SessionManager.TestServer.DocumentDb;
using SessionManager.TestServer.Servers;
using SessionManager.TestServer.Tests;

[assembly: AssemblyFixture(typeof(ServerFixture))]

namespace SessionManager.TestServer.Tests;

/// <summary>
/// The server that these tests talk to: the gateway wherever it can run, since it is what they are about; elsewhere
/// whatever server there is, because what they say of the gateway is true of MongoDB.
/// </summary>
public sealed class ServerFixture : IAsyncLifetime
{
    private IAsyncDisposable? _server;

    public IMongoClient Client { get; private set; } = null!;

    public string ConnectionString { get; private set; } = "";

    public MongoServerAddress Address => MongoUrl.Create(ConnectionString).Server;

    public async ValueTask InitializeAsync()
    {
        Action<string> log = TestContext.Current.SendDiagnosticMessage;
        var gateway = new DocumentDbSource(ServerEnvironment.OfThisMachine(), new());
        if (await gateway.IsAvailableAsync(TestContext.Current.CancellationToken))
        {
            var server = await gateway.StartAsync(log, TestContext.Current.CancellationToken);
            (_server, ConnectionString) = (server, server.ConnectionString);
        }
        else
        {
            var server = await MongoTestServer.StartAsync(log, TestContext.Current.CancellationToken);
            (_server, ConnectionString) = (server, server.ConnectionString);
        }

        Client = new MongoClient(ConnectionString);
    }

    public async ValueTask DisposeAsync()
    {
        Client?.Dispose();
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }
}
