namespace SessionManager;

/// <summary>
/// Represents one page of a session's feedback.
/// </summary>
public sealed record FeedbackPage
{
    /// <summary>
    /// Gets the feedback, in the order in which it was added.
    /// </summary>
    public required IReadOnlyList<Feedback> Feedbacks { get; init; }

    /// <summary>
    /// Gets what continues the list as <see cref="FeedbackQuery.After"/>.
    /// </summary>
    /// <value>Null on the last page. Feedback that is added or removed meanwhile neither doubles nor shifts a page.</value>
    public string? Next { get; init; }
}
