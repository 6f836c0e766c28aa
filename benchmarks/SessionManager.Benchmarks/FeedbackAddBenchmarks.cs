using BenchmarkDotNet.Attributes;

namespace SessionManager.Benchmarks;

/// <summary>
/// Small sessions take turns: thousands of rounds would make them large.
/// </summary>
public class FeedbackAddBenchmarks : SessionBenchmarks
{
    private const string Comment = "Quick, and to the point.";

    private readonly Feedback _feedback = new() { Rating = FeedbackRating.Up, Comment = Comment };
    private (ISessionManager Session, RawSession Raw)[] _sessions = [];
    private int _turn;

    /// <summary>
    /// Gets or sets how many feedbacks a session has before.
    /// </summary>
    [Params(10, 10_000)]
    public int Stored { get; set; }

    [Benchmark(Baseline = true)]
    public Task AddRaw() => _sessions[_turn++ % _sessions.Length].Raw.AddFeedbackAsync(Comment);

    [Benchmark(Description = "Add feedback")]
    public Task<Feedback?> Add() => _sessions[_turn++ % _sessions.Length].Session.AddFeedbackAsync(_feedback);

    private protected override async Task PrepareAsync()
    {
        await Database.Storage.PrepareAsync(CancellationToken.None);
        _sessions = new (ISessionManager, RawSession)[Math.Max(1, 2_000 / Stored)];
        for (var i = 0; i < _sessions.Length; i++)
        {
            var (session, _) = await Database.AddSessionAsync();
            _sessions[i] = (session, Database.GetRaw(session.SessionId));
            await _sessions[i].Raw.AddFeedbacksAsync(Comment, Stored);
        }
    }
}
