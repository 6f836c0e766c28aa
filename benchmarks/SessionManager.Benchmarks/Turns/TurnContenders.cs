using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using MongoDB.Driver;

namespace SessionManager.Benchmarks.Turns;

/// <summary>
/// The contenders, which share a client, hence its connections, and a database, in which each has collections of its own.
/// </summary>
internal sealed class TurnContenders : IAsyncDisposable
{
    private const string PipelineCollection = "sessions";
    private const string InterleavedCollection = "interleaved_sessions";
    private const string AgentCollection = "agent_sessions";

    private readonly MongoClient _client;
    private readonly string _databaseName = $"sessions_turns_{Guid.NewGuid():N}";
    private readonly List<ServiceProvider> _services = [];

    public TurnContenders(CommandCounter? counter = null)
    {
        var settings = MongoClientSettings.FromConnectionString(BenchmarkDatabase.ConnectionString);
        settings.ClusterConfigurator = counter is null ? null : counter.Subscribe;
        _client = new MongoClient(settings);
        var database = _client.GetDatabase(_databaseName);
        var model = new InstantModel();
        var pipeline = CreateServices(PipelineCollection);
        var interleaved = CreateServices(InterleavedCollection);
        var agents = CreateServices(AgentCollection);
        Baseline = new MessageStoreContender(database, model);
        All =
        [
            new PipelineContender(
                "UseSessionManager",
                database,
                pipeline.GetRequiredService<ISessionManagerFactory>(),
                PipelineCollection,
                new ChatClientBuilder(model).UseSessionManager(BenchmarkDatabase.AgentId).Build(pipeline)),
            new PipelineContender(
                "without runs",
                database,
                interleaved.GetRequiredService<ISessionManagerFactory>(),
                InterleavedCollection,
                new ChatClientBuilder(model)
                    .UseSessionManager(BenchmarkDatabase.AgentId, session => session.WhenBusy = WhenBusy.Interleave)
                    .Build(interleaved)),
            new AgentFrameworkContender(database, agents.GetRequiredService<ISessionManagerFactory>(), AgentCollection, model),
            Baseline,
            new SessionStoreContender(database, model),
        ];
    }

    public IReadOnlyList<ITurnContender> All { get; }

    /// <summary>
    /// Gets the contender that the others are compared with.
    /// </summary>
    public ITurnContender Baseline { get; }

    public async ValueTask DisposeAsync()
    {
        await _client.DropDatabaseAsync(_databaseName);
        foreach (var services in _services)
        {
            await services.DisposeAsync();
        }

        _client.Dispose();
    }

    private ServiceProvider CreateServices(string collection)
    {
        var services = new ServiceCollection()
            .AddSingleton<IMongoClient>(_client)
            .AddMongoSessionManager(options =>
            {
                options.DatabaseName = _databaseName;
                options.CollectionName = collection;
            })
            .Services
            .BuildServiceProvider();
        _services.Add(services);
        return services;
    }
}
