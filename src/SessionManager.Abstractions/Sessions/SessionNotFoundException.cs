namespace SessionManager;

/// <summary>
/// Thrown when a write names a session that does not exist. Nothing was written.
/// </summary>
public sealed class SessionNotFoundException : SessionException
{
    /// <summary>
    /// Initializes a new instance of the <see cref="SessionNotFoundException"/> class.
    /// </summary>
    /// <param name="sessionId">The id of the session, or the text of its <see cref="SessionKey"/> where it has an owner.</param>
    /// <exception cref="ArgumentNullException"><paramref name="sessionId"/> is null.</exception>
    public SessionNotFoundException(string sessionId)
        : this(sessionId, wasDeleted: false)
    {
    }

    /// <summary>
    /// Initializes a new instance of the <see cref="SessionNotFoundException"/> class.
    /// </summary>
    /// <param name="sessionId">The id of the session, or the text of its <see cref="SessionKey"/> where it has an owner.</param>
    /// <param name="wasDeleted">Whether there was a session of this id a short time ago.</param>
    /// <exception cref="ArgumentNullException"><paramref name="sessionId"/> is null.</exception>
    public SessionNotFoundException(string sessionId, bool wasDeleted)
        : base(
            wasDeleted
                ? $"Session {GetId(sessionId)} was deleted. Call {nameof(ISessionManager.CreateSessionAsync)} or load an agent to begin a new one of this id."
                : $"Session {GetId(sessionId)} not found.",
            sessionId) => WasDeleted = wasDeleted;

    /// <summary>
    /// Gets a value indicating whether it is known that there was a session of this id, which was deleted.
    /// </summary>
    public bool WasDeleted { get; }
}
