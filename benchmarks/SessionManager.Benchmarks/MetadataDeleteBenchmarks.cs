using BenchmarkDotNet.Attributes;

namespace SessionManager.Benchmarks;

public class MetadataDeleteBenchmarks : SessionBenchmarks
{
    [Benchmark(Baseline = true)]
    public Task DeleteRaw() => Raw.DeleteMetadataAsync();

    [Benchmark(Description = "Delete metadata")]
    public Task Delete() => Session.DeleteMetadataAsync(["priority", "customer.tier"]);
}
