using BenchmarkDotNet.Attributes;
using MongoDB.Bson;

namespace SessionManager.Benchmarks;

public class MetadataGetBenchmarks : SessionBenchmarks
{
    [Benchmark(Baseline = true)]
    public Task<BsonDocument> GetRaw() => Raw.GetMetadataAsync();

    [Benchmark(Description = "Get metadata")]
    public Task<IReadOnlyDictionary<string, object?>?> Get() => Session.GetMetadataAsync();

    private protected override Task PrepareAsync() => Raw.UpdateMetadataAsync("high", "gold");
}
