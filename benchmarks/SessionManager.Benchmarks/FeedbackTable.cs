using System.Globalization;

namespace SessionManager.Benchmarks;

/// <summary>
/// Writes what an operation costs in sessions with few and with many feedbacks.
/// </summary>
internal static class FeedbackTable
{
    private const int Rounds = 300;
    private const int Concurrency = 16;
    private const int PageSize = 5;

    private static readonly int[] Counts = [10, 1_000, 10_000];
    private static readonly FeedbackQuery Page = new() { Limit = PageSize };
    private static readonly Feedback Feedback = new() { Rating = FeedbackRating.Up, Comment = "Quick, and to the point." };
    private static readonly Feedback UsersFeedback = Feedback with { UserId = "user-0" };

    public static async Task WriteAsync()
    {
        await using var database = new BenchmarkDatabase();
        var columns = new List<(string, Stored[])>();
        foreach (var count in Counts)
        {
            columns.Add((count.ToString("N0", CultureInfo.InvariantCulture), await AddAsync(database, count)));
        }

        var table = new TurnTable<Stored[]>("stored feedbacks", Rounds, columns);
        table.WriteHead();
        await table.WriteAsync("List the first 5", static (stored, _) => stored[0].Session.ListFeedbacksAsync(Page));
        await table.WriteAsync("List 5 in the middle", static (stored, _) => stored[0].Session.ListFeedbacksAsync(Page with { After = stored[0].Middle }));
        await table.WriteAsync("Replace feedback", static (stored, _) => stored[0].Session.AddFeedbackAsync(UsersFeedback));

        // Small sessions take turns, or adding would make them large.
        await table.WriteAsync("Add feedback", static (stored, round) => stored[round % stored.Length].Session.AddFeedbackAsync(Feedback));
        await table.WriteAsync("Add and delete feedback", static async (stored, _) =>
        {
            var added = await stored[0].Session.AddFeedbackAsync(Feedback);
            await stored[0].Session.DeleteFeedbackAsync(added!.Id!);
        });
        await table.WriteAsync("Update metadata", static (stored, round) => stored[0].Session.UpdateMetadataAsync(new Dictionary<string, object?> { ["round"] = round }));
    }

    private static async Task<Stored[]> AddAsync(BenchmarkDatabase database, int count)
    {
        var sessions = new Stored[Math.Max(1, 1_000 / count)];
        for (var i = 0; i < sessions.Length; i++)
        {
            var (session, _) = await database.AddSessionAsync(messageCount: 10);
            await Parallel.ForAsync(
                0,
                count,
                new ParallelOptions { MaxDegreeOfParallelism = Concurrency },
                async (user, _) => await session.AddFeedbackAsync(Feedback with { UserId = $"user-{user}" }, CancellationToken.None));
            sessions[i] = new Stored(session, (await FeedbackPages.FindMiddleAsync(session, count, PageSize)).After);
        }

        return sessions;
    }

    private sealed record Stored(ISessionManager Session, string? Middle);
}
