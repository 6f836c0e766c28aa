namespace SessionManager;

/// <summary>
/// Creates session managers.
/// </summary>
/// <remarks>
/// <para>Thread-safe. Inject it wherever sessions are used: singletons, scoped services, transient services and endpoints.</para>
/// <para>
/// When the host or container is disposed and owns the client of the database, what its session managers have in flight completes or
/// throws an <see cref="ObjectDisposedException"/> whose <see cref="ObjectDisposedException.ObjectName"/> is <c>SessionManager</c>, and so
/// does whatever follows.
/// </para>
/// </remarks>
public interface ISessionManagerFactory
{
    /// <summary>
    /// Creates the session manager of one session. Sends nothing to the server and takes no lock.
    /// </summary>
    /// <param name="sessionId">
    /// The id of the session, chosen by the application: not blank, at most 255 bytes in UTF-8, without NUL.
    /// </param>
    /// <param name="options">The options that differ from the registration's, or null for none.</param>
    /// <returns>
    /// A new session manager, owned by the caller. The session itself comes into being when an agent is first
    /// initialized.
    /// </returns>
    /// <exception cref="ArgumentException"><paramref name="sessionId"/> or a name in <paramref name="options"/> is not valid.</exception>
    ISessionManager Create(string sessionId, SessionManagerOptions? options = null);
}
