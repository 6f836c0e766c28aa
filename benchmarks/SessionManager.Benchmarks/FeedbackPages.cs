namespace SessionManager.Benchmarks;

/// <summary>
/// Finds pages of feedback to list.
/// </summary>
internal static class FeedbackPages
{
    private const int MaxLimit = 1_000;

    /// <summary>
    /// Finds the page in the middle, with as many feedbacks before it as behind it.
    /// </summary>
    /// <returns>What the page comes after, and the position of its first feedback.</returns>
    public static async Task<(string? After, int Position)> FindMiddleAsync(ISessionManager session, int count, int pageSize)
    {
        var middle = (count - pageSize) / 2;
        string? after = null;
        for (var position = 0; position < middle;)
        {
            var page = await session.ListFeedbacksAsync(new FeedbackQuery { Limit = Math.Min(middle - position, MaxLimit), After = after });
            position += page.Feedbacks.Count;
            after = page.Next;
        }

        return (after, middle);
    }
}
