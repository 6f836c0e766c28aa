namespace SessionManager;

/// <summary>
/// What an export has written.
/// </summary>
public sealed record ExportResult
{
    /// <summary>
    /// Gets the number of sessions that the file holds.
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
    /// Gets the number of sessions that were listed and then deleted before they were written: the file does not hold them.
    /// </summary>
    public required int DeletedCount { get; init; }
}
