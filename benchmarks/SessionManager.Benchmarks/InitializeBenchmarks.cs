using BenchmarkDotNet.Attributes;
using MongoDB.Bson;

namespace SessionManager.Benchmarks;

/// <summary>
/// A process takes up a stored session; the raw driver sends the same commands and stops at documents.
/// </summary>
public class InitializeBenchmarks : SessionBenchmarks
{
    [Params(10, 1_000, 10_000)]
    public int Messages { get; set; }

    private protected override int StoredMessages => Messages;

    [Benchmark(Baseline = true)]
    public Task<(BsonDocument? Agent, List<BsonDocument> Messages)> InitializeRaw() => Raw.LoadAsync();

    [Benchmark(Description = "Initialize")]
    public Task<AgentInitialization> Initialize() =>
        Factory.Create(Session.SessionId).InitializeAsync(new SessionAgent(BenchmarkDatabase.AgentId));
}
