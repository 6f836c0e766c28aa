using BenchmarkDotNet.Attributes;
using MongoDB.Bson;

namespace SessionManager.Benchmarks;

public class FeedbackGetBenchmarks : SessionBenchmarks
{
    private const int Count = 20;

    [Benchmark(Baseline = true)]
    public Task<BsonArray> GetRaw() => Raw.GetFeedbacksAsync();

    [Benchmark(Description = "Get feedbacks, 20")]
    public Task<IReadOnlyList<Feedback>> Get() => Session.GetFeedbacksAsync();

    private protected override async Task PrepareAsync()
    {
        for (var i = 0; i < Count; i++)
        {
            await Raw.AddFeedbackAsync("Quick, and to the point.");
        }
    }
}
