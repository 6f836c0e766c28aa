namespace SessionManager;

/// <summary>
/// What an import has done.
/// </summary>
public sealed record ImportResult
{
    /// <summary>
    /// Gets the number of sessions that this call has brought in.
    /// </summary>
    public required int SessionCount { get; init; }

    /// <summary>
    /// Gets the number of their messages, on all branches.
    /// </summary>
    public required long MessageCount { get; init; }

    /// <summary>
    /// Gets the number of their feedbacks.
    /// </summary>
    public required long FeedbackCount { get; init; }

    /// <summary>
    /// Gets the number of sessions of the file that were there already, and were left as they are.
    /// </summary>
    public required int SkippedCount { get; init; }
}
