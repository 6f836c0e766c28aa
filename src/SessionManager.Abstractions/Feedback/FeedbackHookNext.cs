namespace SessionManager;

/// <summary>
/// Continues an operation on feedback: the hooks that follow, then the operation itself.
/// </summary>
/// <param name="context">The operation, as the hooks that follow shall see it.</param>
/// <returns>The feedback as it was stored, or null when a hook that follows vetoed it.</returns>
public delegate ValueTask<Feedback?> FeedbackHookNext(FeedbackHookContext context);
