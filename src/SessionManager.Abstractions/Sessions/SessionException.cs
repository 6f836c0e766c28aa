using SessionManager.Internal.Shared;

namespace SessionManager;

/// <summary>
/// The base of the exceptions that this library throws for a session.
/// </summary>
public abstract class SessionException : Exception
{
    private protected SessionException(string message, string sessionId, Exception? innerException = null)
        : base(LogText.Escape(message), innerException)
    {
        ArgumentNullException.ThrowIfNull(sessionId);
        SessionId = sessionId;
    }

    /// <summary>
    /// Gets the id of the session.
    /// </summary>
    public string SessionId { get; }
}
