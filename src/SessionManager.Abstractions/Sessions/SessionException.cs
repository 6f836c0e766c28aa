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
        var key = SessionKey.Parse(sessionId);
        (Owner, SessionId) = (key.Owner, key.SessionId);
    }

    private protected SessionException(string message, SessionOwner owner)
        : base(LogText.Escape(message))
    {
        ArgumentNullException.ThrowIfNull(owner);
        (Owner, SessionId) = (owner, "");
    }

    /// <summary>
    /// Gets the id that the session has for its owner.
    /// </summary>
    public string SessionId { get; }

    /// <summary>
    /// Gets the owner of the session.
    /// </summary>
    /// <value>Never null; <see cref="SessionOwner.None"/> where nobody owns it.</value>
    public SessionOwner Owner { get; }

    /// <summary>
    /// Gets the id of a session for the message of an exception, without whose it is.
    /// </summary>
    /// <param name="sessionId">The id, or the text of a <see cref="SessionKey"/>. Null is checked later.</param>
    private protected static string? GetId(string? sessionId) => sessionId is null ? null : SessionKey.Parse(sessionId).SessionId;
}
