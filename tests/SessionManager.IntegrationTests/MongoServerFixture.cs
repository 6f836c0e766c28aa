using MongoDB.Driver;
using SessionManager.IntegrationTests;
using SessionManager.TestServer;

[assembly: AssemblyFixture(typeof(MongoServerFixture))]

namespace SessionManager.IntegrationTests;

/// <summary>
/// The one server that all tests of this assembly talk to.
/// </summary>
public sealed class MongoServerFixture : IAsyncLifetime
{
    private MongoTestServer? _server;

    public string ConnectionString => _server!.ConnectionString;

    /// <summary>
    /// Gets a client for looking at what was stored, and for cleaning up.
    /// </summary>
    public MongoClient Client { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await MongoTestServer.StartAsync(line => TestContext.Current.SendDiagnosticMessage(line));
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
