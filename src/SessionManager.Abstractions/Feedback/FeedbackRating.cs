namespace SessionManager;

/// <summary>
/// Says whether a user was content.
/// </summary>
public enum FeedbackRating
{
    /// <summary>Content, stored as <c>up</c>.</summary>
    Up,

    /// <summary>Not content, stored as <c>down</c>.</summary>
    Down,
}
