using MongoDB.Driver;
using SessionManager.TestServer;

namespace SessionManager.Testing.Server;

/// <summary>
/// The one server that all tests of an assembly talk to, where the assembly names it as its fixture.
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
