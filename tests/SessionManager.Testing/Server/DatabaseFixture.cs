using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using MongoDB.Bson;
using MongoDB.Driver;
using MongoDB.Driver.Core.Configuration;
using MongoDB.Driver.Core.Events;

namespace SessionManager.Testing.Server;

/// <summary>
/// A database of its own for each test class, and sessions in it through the container, as applications make them.
/// </summary>
public sealed class DatabaseFixture(MongoServerFixture server) : IAsyncLifetime
{
    private readonly ConcurrentQueue<string> _untargeted = new();
    private ServiceProvider? _services;

    public string ConnectionString => server.ConnectionString;

    public string DatabaseName { get; } = $"sessions_test_{Guid.NewGuid():N}";

    public IMongoDatabase Database => server.Client.GetDatabase(DatabaseName);

    public IMongoCollection<BsonDocument> Sessions => Database.GetCollection<BsonDocument>("sessions");

    public IMongoCollection<BsonDocument> Messages => Database.GetCollection<BsonDocument>("sessions_messages");

    /// <summary>
    /// Gets the commands that <see cref="Factory"/> and <see cref="Storage"/> send.
    /// </summary>
    public CommandRecorder Commands { get; } = new();

    public IServiceProvider Services => _services!;

    public ISessionManagerFactory Factory => Services.GetRequiredService<ISessionManagerFactory>();

    public SessionStorage Storage => Services.GetRequiredService<SessionStorageProvider>().DefaultStorage;

    /// <summary>
    /// Makes a session id that no other test uses.
    /// </summary>
    public static string NewSessionId() => $"session-{Guid.NewGuid():N}";

    public async ValueTask InitializeAsync()
    {
        _services = CreateServices();
        await InitializeIndexesAsync(Storage);
    }

    /// <summary>
    /// Makes another container over the same database, as a second process would have it.
    /// </summary>
    public ServiceProvider CreateServices(
        Action<MongoSessionManagerOptions>? configure = null,
        CommandRecorder? commands = null,
        TimeProvider? timeProvider = null,
        Action<IServiceCollection>? register = null)
    {
        var services = new ServiceCollection();
        register?.Invoke(services);
        services.AddSingleton(timeProvider ?? TimeProvider.System);
        services.AddMongoSessionManager(options =>
        {
            options.ConnectionString = ConnectionString;
            options.DatabaseName = DatabaseName;
            options.ConfigureClient = settings => settings.ClusterConfigurator = builder =>
            {
                (commands ?? Commands).Subscribe(builder);
                SubscribeToUntargeted(builder);
            };
            configure?.Invoke(options);
        });
        return services.BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true });
    }

    /// <summary>
    /// Gets the stored session document.
    /// </summary>
    public Task<BsonDocument> FindSessionAsync(string sessionId) =>
        Sessions.Find(new BsonDocument("_id", sessionId)).SingleAsync(TestContext.Current.CancellationToken);

    /// <summary>
    /// Gets the stored messages of a session, in order.
    /// </summary>
    public Task<List<BsonDocument>> FindMessagesAsync(string sessionId, string agentId = "support") =>
        Messages
            .Find(new BsonDocument { { "session_id", sessionId }, { "agent_id", agentId } })
            .Sort(new BsonDocument("message_id", 1))
            .ToListAsync(TestContext.Current.CancellationToken);

    /// <summary>
    /// Gets the branch that an agent's history is on.
    /// </summary>
    public async Task<AgentBranch> BranchAsync(string sessionId, string agentId = "support") =>
        await Storage.FindBranchAsync(sessionId, agentId, number: null, TestContext.Current.CancellationToken)
            ?? throw new InvalidOperationException($"There is no agent {agentId}.");

    public async ValueTask DisposeAsync()
    {
        if (_services is not null)
        {
            await _services.DisposeAsync();
        }

        await server.Client.DropDatabaseAsync(DatabaseName);

        // Whatever the tests of a class were about, also what only races and lost answers bring about.
        Assert.Empty(_untargeted);
    }

    private void SubscribeToUntargeted(ClusterBuilder builder) => builder.Subscribe<CommandStartedEvent>(started =>
    {
        if (ShardKeys.IsUntargeted(started.Command))
        {
            _untargeted.Enqueue($"{started.CommandName} on {started.Command[0]}");
        }
    });

    // Afterwards no test sees the commands of index creation.
    private static async Task InitializeIndexesAsync(SessionStorage storage)
    {
        await storage.AppendMessageAsync("index-creation", new AgentBranch("support", 0), new(), nextPosition: null, metrics: null, TestContext.Current.CancellationToken);
    }
}
