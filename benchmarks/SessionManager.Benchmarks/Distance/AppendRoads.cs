using System.Diagnostics;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using MongoDB.Bson;
using MongoDB.Driver;
using SessionManager.Benchmarks.Turns;

namespace SessionManager.Benchmarks.Distance;

/// <summary>
/// The roads to one server, over one client, hence the same connections.
/// </summary>
internal sealed class AppendRoads : IAsyncDisposable
{
    // Load, add the agent with its session, question, answer; the run that added the agent has nothing else to update.
    private const int CommandsPerTurn = 5;

    // Within the connections of the pool.
    private const int CreatedAtOnce = 64;

    private static readonly ChatMessage Message = new(ChatRole.Assistant, BenchmarkDatabase.Text);

    private readonly TimedStorage.Target _target = new();
    private readonly string _databaseName = $"sessions_distance_{Guid.NewGuid():N}";
    private readonly MongoClient _client;
    private readonly ServiceProvider _services;
    private readonly ServiceProvider _pipelineServices;
    private readonly IChatClient _pipeline;
    private int _turns;

    public AppendRoads(string connectionString)
    {
        _client = new MongoClient(connectionString);
        _services = AddSessionManager("sessions").Services.BuildServiceProvider();
        _pipelineServices = AddSessionManager("pipeline_sessions")
            .DecorateStorage(storage => new TimedStorage(storage, _target))
            .Services
            .BuildServiceProvider();
        _pipeline = new ChatClientBuilder(new InstantModel()).UseSessionManager(BenchmarkDatabase.AgentId).Build(_pipelineServices);

        // The control is the raw road a second time: what tells them apart is the machine.
        Raw = new AppendRoad(1, 1, CreateRawAsync);
        Control = new AppendRoad(1, 1, CreateRawAsync);
        Ours = new AppendRoad(1, 1, CreateOursAsync);
        Pipeline = new AppendRoad(CommandsPerTurn, 2, CreatePipelineAsync);
    }

    public AppendRoad Ours { get; }

    public AppendRoad Pipeline { get; }

    public AppendRoad Raw { get; }

    public AppendRoad Control { get; }

    /// <summary>
    /// Gets the time that the server takes for nothing, in milliseconds.
    /// </summary>
    public async Task<double> PingAsync(int count)
    {
        var times = new List<double>(count);
        for (var i = 0; i < count; i++)
        {
            var start = Stopwatch.GetTimestamp();
            await _client.GetDatabase(_databaseName).RunCommandAsync<BsonDocument>(new BsonDocument("ping", 1));
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        return Median.Of(times);
    }

    public async ValueTask DisposeAsync()
    {
        await _client.DropDatabaseAsync(_databaseName);
        _pipeline.Dispose();
        await _services.DisposeAsync();
        await _pipelineServices.DisposeAsync();
        _client.Dispose();
    }

    private MongoSessionManagerBuilder AddSessionManager(string collection) => new ServiceCollection()
        .AddSingleton<IMongoClient>(_client)
        .AddMongoSessionManager(options =>
        {
            options.DatabaseName = _databaseName;
            options.CollectionName = collection;
        });

    private Task<Func<AppendTimes, long, Task>[]> CreateRawAsync(int count) =>
        Task.FromResult(Enumerable.Range(0, count).Select(_ => CreateRaw()).ToArray());

    private Func<AppendTimes, long, Task> CreateRaw()
    {
        var session = new RawSession(_client.GetDatabase(_databaseName), BenchmarkDatabase.NewSessionId(), BenchmarkDatabase.AgentId);
        var next = -1;
        return (times, due) => times.AddAsync(session.AppendAsync(Interlocked.Increment(ref next), "assistant", BenchmarkDatabase.Text), due);
    }

    private async Task<Func<AppendTimes, long, Task>[]> CreateOursAsync(int count)
    {
        var callers = new List<Func<AppendTimes, long, Task>>(count);
        foreach (var some in Enumerable.Range(0, count).Chunk(CreatedAtOnce))
        {
            callers.AddRange(await Task.WhenAll(some.Select(_ => CreateOursAsync())));
        }

        return [.. callers];
    }

    private async Task<Func<AppendTimes, long, Task>> CreateOursAsync()
    {
        var session = _services.GetRequiredService<ISessionManagerFactory>().Create(BenchmarkDatabase.NewSessionId());
        var agent = new SessionAgent(BenchmarkDatabase.AgentId);
        await session.InitializeAsync(agent);
        return (times, due) => times.AddAsync(session.AppendMessageAsync(Message, agent), due);
    }

    // A session for each turn: a history that grows would be another measurement.
    private Task<Func<AppendTimes, long, Task>[]> CreatePipelineAsync(int count) => Task.FromResult(Enumerable.Repeat<Func<AppendTimes, long, Task>>(
        (times, _) =>
        {
            _target.Times = times;
            var question = TurnText.Create("question", Interlocked.Increment(ref _turns));
            return _pipeline.GetResponseAsync(question, new ChatOptions { ConversationId = BenchmarkDatabase.NewSessionId() });
        },
        count).ToArray());
}
