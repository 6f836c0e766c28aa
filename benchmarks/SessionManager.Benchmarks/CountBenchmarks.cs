using BenchmarkDotNet.Attributes;

namespace SessionManager.Benchmarks;

public class CountBenchmarks : SessionBenchmarks
{
    private protected override int StoredMessages => 1_000;

    [Benchmark(Baseline = true)]
    public Task<int> CountRaw() => Raw.CountAsync();

    [Benchmark(Description = "Count")]
    public Task<int> Count() => Session.GetMessageCountAsync(BenchmarkDatabase.AgentId);
}
