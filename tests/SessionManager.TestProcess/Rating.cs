namespace SessionManager.TestProcess;

/// <summary>
/// Feedback of a user, or of nobody.
/// </summary>
internal sealed class Rating(ISessionManager session, string[] words)
{
    private const int AtOnce = 4;

    private readonly string? _user = words[2] == "-" ? null : words[2];
    private readonly string _text = words[3];

    /// <summary>
    /// Adds one, and tells its id.
    /// </summary>
    public async Task<string> AddAsync()
    {
        var agentId = words.Length > 4 ? words[4] : null;
        var added = await session.AddFeedbackAsync(
            new Feedback { UserId = _user, Rating = FeedbackRating.Up, Comment = _text, AgentId = agentId, Position = agentId is null ? null : 0 });
        return added!.Id!;
    }

    /// <summary>
    /// Adds many, and tells the number of each when it is acknowledged, and the end.
    /// </summary>
    public async Task AddManyAsync()
    {
        await Parallel.ForAsync(0, int.Parse(words[4], provider: null), new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (i, cancellation) =>
        {
            var user = _user is null ? null : $"{_user}{i}";
            await session.AddFeedbackAsync(new Feedback { UserId = user, Rating = FeedbackRating.Up, Comment = $"{_text}-{i}" }, cancellation);
            Console.WriteLine(i);
        });
        Console.WriteLine("done");
    }
}
