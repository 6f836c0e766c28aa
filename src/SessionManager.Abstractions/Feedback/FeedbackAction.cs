namespace SessionManager;

/// <summary>
/// Names the operation on feedback that a hook is called for.
/// </summary>
public enum FeedbackAction
{
    /// <summary>Feedback is added.</summary>
    Add,

    /// <summary>Feedback is removed.</summary>
    Delete,
}
