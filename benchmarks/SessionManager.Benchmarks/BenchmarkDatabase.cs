using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using MongoDB.Driver;

namespace SessionManager.Benchmarks;

/// <summary>
/// A database for one benchmark class. The library and the raw driver share one client, hence its connections.
/// </summary>
internal sealed class BenchmarkDatabase : IAsyncDisposable
{
    public const string AgentId = "support";

    private readonly MongoClient _client = new(ConnectionString);
    private readonly string _databaseName = $"sessions_bench_{Guid.NewGuid():N}";
    private readonly ServiceProvider _services;

    public BenchmarkDatabase(params string[] metadataFields)
    {
        _services = new ServiceCollection()
            .AddSingleton<IMongoClient>(_client)
            .AddMongoSessionManager(options =>
            {
                options.DatabaseName = _databaseName;
                options.MetadataFields = metadataFields;
            })
            .Services
            .BuildServiceProvider();
        Factory = _services.GetRequiredService<ISessionManagerFactory>();
        Storage = _services.GetRequiredService<SessionStorageProvider>().DefaultStorage;
    }

    public static string? ConnectionString => Environment.GetEnvironmentVariable("MONGODB_URI");

    public IMongoDatabase Raw => _client.GetDatabase(_databaseName);

    public ISessionManagerFactory Factory { get; }

    public SessionStorage Storage { get; }

    /// <summary>
    /// A text of a thousand characters, as each message of a benchmark has.
    /// </summary>
    public static string Text { get; } = string.Concat(Enumerable.Repeat("0123456789", 100));

    /// <summary>
    /// Gets an id for a session of either side: ids are in keys and indexes, so they must be of one length.
    /// </summary>
    public static string NewSessionId() => $"session-{Guid.NewGuid():N}";

    /// <summary>
    /// Stores a session whose agent has a number of messages, every second one with metrics.
    /// </summary>
    public async Task<(ISessionManager Session, SessionAgent Agent)> AddSessionAsync(int messageCount = 0)
    {
        var agent = new SessionAgent(AgentId) { Model = "model-1", SystemPrompt = "You help." };
        for (var i = 0; i < messageCount; i++)
        {
            agent.Messages.Add(new ChatMessage(i % 2 == 0 ? ChatRole.User : ChatRole.Assistant, Text));
        }

        var session = Factory.Create(NewSessionId());
        await session.InitializeAsync(agent);
        await GetRaw(session.SessionId).SetMetricsAsync();
        return (session, agent);
    }

    /// <summary>
    /// Gets a session for the raw driver.
    /// </summary>
    public RawSession GetRaw(string sessionId) => new(Raw, sessionId, AgentId);

    public async ValueTask DisposeAsync()
    {
        await _client.DropDatabaseAsync(_databaseName);
        await _services.DisposeAsync();
        _client.Dispose();
    }
}
