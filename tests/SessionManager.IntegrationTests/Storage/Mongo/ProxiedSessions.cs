using Microsoft.Extensions.DependencyInjection;
using MongoDB.Bson;
using MongoDB.Driver.Core.Configuration;

namespace SessionManager.IntegrationTests.Storage.Mongo;

/// <summary>
/// Sessions over a line that a test can hold or cut, and the inserts that go through it.
/// </summary>
internal sealed class ProxiedSessions : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    private ProxiedSessions(TcpProxy proxy, ServiceProvider services, CommandRecorder commands)
    {
        Proxy = proxy;
        Commands = commands;
        _services = services;
    }

    public TcpProxy Proxy { get; }

    public CommandRecorder Commands { get; }

    public IServiceProvider Services => _services;

    public ISessionManagerFactory Factory => _services.GetRequiredService<ISessionManagerFactory>();

    public SessionStorage Storage => _services.GetRequiredService<SessionStorageProvider>().DefaultStorage;

    /// <summary>
    /// Gets the inserts since the last <see cref="CommandRecorder.Clear"/>.
    /// </summary>
    public IReadOnlyList<BsonDocument> Inserts => [.. Commands.Commands.Where(command => command.GetElement(0).Name == "insert")];

    public static async Task<ProxiedSessions> StartAsync(
        DatabaseFixture database,
        Action<MongoSessionManagerOptions>? configure = null,
        Action<ClusterBuilder>? subscribe = null)
    {
        var proxy = TcpProxy.Start(database.ConnectionString);
        var commands = new CommandRecorder();
        var services = database.CreateServices(
            options =>
            {
                options.ConnectionString = proxy.ConnectionString;
                options.ConfigureClient = settings => settings.ClusterConfigurator = builder =>
                {
                    commands.Subscribe(builder);
                    subscribe?.Invoke(builder);
                };
                configure?.Invoke(options);
            });
        var sessions = new ProxiedSessions(proxy, services, commands);

        // Indexes come at a time of their own, and a test may create others.
        await sessions.Storage.PrepareAsync(TestContext.Current.CancellationToken);
        await sessions.AppendAsync(DatabaseFixture.NewSessionId(), "first of all", TestContext.Current.CancellationToken);
        commands.Clear();
        return sessions;
    }

    /// <summary>
    /// Appends the first message of a session.
    /// </summary>
    public Task<int> AppendAsync(string sessionId, string text, CancellationToken cancellationToken) =>
        Storage.AppendMessageAsync(sessionId, new AgentBranch("support", 0), Agents.User(text), nextPosition: 0, metrics: null, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await Proxy.DisposeAsync();
    }
}
