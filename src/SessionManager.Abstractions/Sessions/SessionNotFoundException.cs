namespace SessionManager;

/// <summary>
/// Thrown when a write names a session that does not exist. Nothing was written.
/// </summary>
public sealed class SessionNotFoundException : SessionException
{
    /// <summary>
    /// Initializes a new instance of the <see cref="SessionNotFoundException"/> class.
    /// </summary>
    /// <param name="sessionId">The id of the session.</param>
    /// <exception cref="ArgumentNullException"><paramref name="sessionId"/> is null.</exception>
    public SessionNotFoundException(string sessionId)
        : base($"Session {sessionId} not found.", sessionId)
    {
    }
}
