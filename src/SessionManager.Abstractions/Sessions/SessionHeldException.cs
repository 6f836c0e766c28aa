namespace SessionManager;

/// <summary>
/// Thrown when something is to be deleted or erased that is held: see <see cref="SessionCatalog.SetHoldAsync(SessionOwner, string, CancellationToken)"/>.
/// What is held is still there.
/// </summary>
public sealed class SessionHeldException : SessionException
{
    /// <summary>
    /// Initializes a new instance of the <see cref="SessionHeldException"/> class for one session.
    /// </summary>
    /// <param name="sessionId">The id of the session.</param>
    /// <param name="reason">Why it is held.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public SessionHeldException(string sessionId, string reason)
        : base($"Session {GetId(sessionId)} is held, and cannot be deleted: {reason}", sessionId)
    {
        ArgumentNullException.ThrowIfNull(reason);
        Reason = reason;
    }

    /// <summary>
    /// Initializes a new instance of the <see cref="SessionHeldException"/> class for all that an owner has. Its session id is empty.
    /// </summary>
    /// <param name="owner">The owner.</param>
    /// <param name="reason">Why it is held.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public SessionHeldException(SessionOwner owner, string reason)
        : base($"The sessions of the owner are held, and cannot be erased: {reason}", owner)
    {
        ArgumentNullException.ThrowIfNull(reason);
        Reason = reason;
    }

    /// <summary>
    /// Gets why it is held.
    /// </summary>
    public string Reason { get; }
}
