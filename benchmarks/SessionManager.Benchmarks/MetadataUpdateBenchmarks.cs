using BenchmarkDotNet.Attributes;

namespace SessionManager.Benchmarks;

public class MetadataUpdateBenchmarks : SessionBenchmarks
{
    [Benchmark(Baseline = true)]
    public Task UpdateRaw() => Raw.UpdateMetadataAsync("high", "gold");

    [Benchmark(Description = "Update metadata")]
    public Task Update() => Session.UpdateMetadataAsync(new Dictionary<string, object?> { ["priority"] = "high", ["customer.tier"] = "gold" });
}
