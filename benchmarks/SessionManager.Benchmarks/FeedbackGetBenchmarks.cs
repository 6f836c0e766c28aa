using BenchmarkDotNet.Attributes;
using MongoDB.Bson;

namespace SessionManager.Benchmarks;

public class FeedbackGetBenchmarks : SessionBenchmarks
{
    private const int Count = 20;

    [Benchmark(Baseline = true)]
    public Task<List<BsonDocument>> GetRaw() => Raw.GetFeedbacksAsync();

    [Benchmark(Description = "Get feedbacks, 20")]
    public Task<IReadOnlyList<Feedback>> Get() => Session.GetFeedbacksAsync();

    private protected override async Task PrepareAsync()
    {
        await Database.Storage.PrepareAsync(CancellationToken.None);
        await Raw.AddFeedbacksAsync("Quick, and to the point.", Count);
    }
}
