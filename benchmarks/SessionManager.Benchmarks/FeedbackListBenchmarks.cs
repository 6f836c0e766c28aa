using BenchmarkDotNet.Attributes;
using MongoDB.Bson;

namespace SessionManager.Benchmarks;

/// <summary>
/// Pages of few and of many feedbacks: the same page, and the same one more behind it, on both sides.
/// </summary>
public class FeedbackListBenchmarks : SessionBenchmarks
{
    private const int PageSize = 5;
    private const string Middle = "middle";

    private FeedbackQuery _page = new() { Limit = PageSize };
    private BsonDocument? _after;

    /// <summary>
    /// Gets or sets how many feedbacks the session has.
    /// </summary>
    [Params(10, 10_000)]
    public int Stored { get; set; }

    /// <summary>
    /// Gets or sets which page is listed.
    /// </summary>
    [Params("first", Middle)]
    public string Page { get; set; } = "";

    [Benchmark(Baseline = true)]
    public Task<List<BsonDocument>> ListRaw() => Raw.ListFeedbacksAsync(PageSize, _after);

    [Benchmark(Description = "List 5 feedbacks")]
    public Task<FeedbackPage> List() => Session.ListFeedbacksAsync(_page);

    private protected override async Task PrepareAsync()
    {
        await Database.Storage.PrepareAsync(CancellationToken.None);
        await Raw.AddFeedbacksAsync("Quick, and to the point.", Stored);
        if (Page == Middle)
        {
            var (after, position) = await FeedbackPages.FindMiddleAsync(Session, Stored, PageSize);
            _page = _page with { After = after };
            _after = (await Raw.GetFeedbacksAsync())[position - 1];
        }

        var (ours, raw) = (await List(), await ListRaw());
        if (ours.Next is null || !ours.Feedbacks.Select(static feedback => feedback.Id).SequenceEqual(raw.Take(PageSize).Select(static document => document["_id"].AsString.Split('/')[^1])))
        {
            throw new InvalidOperationException("The two pages differ.");
        }
    }
}
