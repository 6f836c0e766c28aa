namespace SessionManager;

/// <summary>
/// Thrown when a stored session has a layout that this release neither reads nor writes: that of the Python library
/// <c>mongodb-session-manager</c>, or a later one of this library's. Nothing was read of it or written to it.
/// </summary>
public sealed class UnsupportedSessionException : SessionException
{
    /// <summary>
    /// Initializes a new instance of the <see cref="UnsupportedSessionException"/> class.
    /// </summary>
    /// <param name="sessionId">The id of the session, or the text of its <see cref="SessionKey"/> where it has an owner.</param>
    /// <param name="reason">What the layout is, and what leads on: a sentence.</param>
    /// <param name="schemaVersion">The version of the layout, or null where it has none.</param>
    /// <exception cref="ArgumentNullException"><paramref name="sessionId"/> or <paramref name="reason"/> is null.</exception>
    public UnsupportedSessionException(string sessionId, string reason, long? schemaVersion)
        : base($"Session {GetId(sessionId)} has a layout that is not supported: {reason}", sessionId)
    {
        ArgumentNullException.ThrowIfNull(reason);
        SchemaVersion = schemaVersion;
    }

    /// <summary>
    /// Gets the version of the layout.
    /// </summary>
    /// <value>Null for a session of the Python library, and for a version that is no integer.</value>
    public long? SchemaVersion { get; }
}
