namespace SessionManager;

/// <summary>
/// Describes an operation on a session's feedback to the hooks around it.
/// </summary>
/// <remarks>
/// It does not change. To let the operation go on with another payload, pass a copy to <c>next</c>:
/// <c>next(context with { Feedback = ... })</c>. Action and session cannot be others.
/// </remarks>
public sealed record FeedbackHookContext
{
    /// <summary>
    /// Gets the operation.
    /// </summary>
    public required FeedbackAction Action { get; init; }

    /// <summary>
    /// Gets the session manager whose feedback is concerned.
    /// </summary>
    public required ISessionManager Session { get; init; }

    /// <summary>
    /// Gets the id of the session.
    /// </summary>
    public string SessionId => Session.SessionId;

    /// <summary>
    /// Gets the owner of the session.
    /// </summary>
    public SessionOwner Owner => Session.Owner;

    /// <summary>
    /// Gets the feedback to add; for <see cref="FeedbackAction.Delete"/>, the one to remove, of which only <see cref="Feedback.Id"/> is known.
    /// </summary>
    public required Feedback Feedback { get; init; }

    /// <summary>
    /// Gets the token that cancels the operation.
    /// </summary>
    public CancellationToken CancellationToken { get; init; }
}
