namespace SessionManager;

/// <summary>
/// Stands around every addition of feedback to a session, and every removal.
/// </summary>
/// <remarks>
/// <para>
/// Hooks form a chain in the order of their registration, the first outermost. A hook calls <c>next</c> to go on, or does
/// not, which vetoes the operation. What it returns is what its caller gets; what it throws reaches the caller of the
/// operation.
/// </para>
/// <para>
/// <c>next</c> may be called again after it has failed. While it runs, and once it has succeeded, a second call throws
/// <see cref="InvalidOperationException"/> and does nothing.
/// </para>
/// <para>Implementations must be thread-safe as far as their lifetime in the container lets them be shared.</para>
/// </remarks>
public interface IFeedbackHook
{
    /// <summary>
    /// Handles an operation.
    /// </summary>
    /// <param name="context">The operation.</param>
    /// <param name="next">Goes on with the operation.</param>
    /// <returns>The result for the caller; usually that of <paramref name="next"/>.</returns>
    ValueTask<Feedback?> InvokeAsync(FeedbackHookContext context, FeedbackHookNext next);
}
