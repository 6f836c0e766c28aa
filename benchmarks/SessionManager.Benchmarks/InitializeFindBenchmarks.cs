using BenchmarkDotNet.Attributes;
using MongoDB.Bson;

namespace SessionManager.Benchmarks;

/// <summary>
/// A process takes up a stored session; the raw driver only finds the messages, in one command, and stops at documents.
/// </summary>
public class InitializeFindBenchmarks : SessionBenchmarks
{
    [Params(10, 1_000, 2_000, 10_000)]
    public int Messages { get; set; }

    private protected override int StoredMessages => Messages;

    [Benchmark(Baseline = true)]
    public Task<List<BsonDocument>> Find() => Raw.ListAsync();

    [Benchmark(Description = "Initialize / find")]
    public Task<AgentInitialization> Initialize() =>
        Factory.Create(Session.SessionId).InitializeAsync(new SessionAgent(BenchmarkDatabase.AgentId));
}
