namespace SessionManager;

/// <summary>
/// Selects feedback of a session. Every condition that is not null must hold.
/// </summary>
public sealed record FeedbackQuery
{
    /// <summary>
    /// Gets the id of the agent whose messages the feedback is about.
    /// </summary>
    public string? AgentId { get; init; }

    /// <summary>
    /// Gets the position of the message that the feedback is about, on whatever branch.
    /// </summary>
    /// <value>0 or more, with <see cref="AgentId"/>.</value>
    public int? Position { get; init; }

    /// <summary>
    /// Gets the id of the user whose feedback it is.
    /// </summary>
    public string? UserId { get; init; }

    /// <summary>
    /// Gets the largest number of feedbacks on a page.
    /// </summary>
    /// <value>From 1 to 1,000; the default is 50.</value>
    public int Limit { get; init; } = 50;

    /// <summary>
    /// Gets the end of the page before.
    /// </summary>
    /// <value>A <see cref="FeedbackPage.Next"/> of the same session; null for the first page.</value>
    public string? After { get; init; }
}
