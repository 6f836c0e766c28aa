namespace SessionManager;

/// <summary>
/// Continues an operation on feedback: the hooks that follow, then the operation itself.
/// </summary>
/// <param name="context">The operation, as the hooks that follow shall see it.</param>
/// <returns>The feedback as it was stored; of a removal, that of the context, or null where there was none. Null when a hook that follows vetoed it.</returns>
/// <exception cref="ArgumentException">The context is null, has no payload, or is that of another operation.</exception>
/// <exception cref="InvalidOperationException">An earlier call is running, or one has succeeded.</exception>
public delegate ValueTask<Feedback?> FeedbackHookNext(FeedbackHookContext context);
