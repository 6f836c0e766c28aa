using BenchmarkDotNet.Attributes;

namespace SessionManager.Benchmarks;

/// <summary>
/// Many sessions take turns: the feedback of one is an array, which thousands of rounds would make long.
/// </summary>
public class FeedbackAddBenchmarks : SessionBenchmarks
{
    private const int SessionCount = 200;

    private readonly (ISessionManager Session, RawSession Raw)[] _sessions = new (ISessionManager, RawSession)[SessionCount];
    private readonly Feedback _feedback = new() { Rating = FeedbackRating.Up, Comment = "Quick, and to the point." };
    private int _turn;

    [Benchmark(Baseline = true)]
    public Task AddRaw() => _sessions[_turn++ % SessionCount].Raw.AddFeedbackAsync("Quick, and to the point.");

    [Benchmark(Description = "Add feedback")]
    public Task<Feedback?> Add() => _sessions[_turn++ % SessionCount].Session.AddFeedbackAsync(_feedback);

    private protected override async Task PrepareAsync()
    {
        for (var i = 0; i < SessionCount; i++)
        {
            var (session, _) = await Database.AddSessionAsync();
            _sessions[i] = (session, Database.GetRaw(session.SessionId));
        }
    }
}
