namespace SessionManager;

/// <summary>
/// Creates session managers.
/// </summary>
/// <remarks>
/// <para>Thread-safe. Inject it wherever sessions are used: singletons, scoped services, transient services and endpoints.</para>
/// <para>
/// A session id is a key to everything in the session: who can choose it reads and writes what it names. Where ids come from outside, let a
/// session have an owner, by an <see cref="ISessionOwnerProvider"/> or by <see cref="ForOwner"/>: an id then means that owner's session and no other.
/// </para>
/// <para>
/// When the host or container is disposed and owns the client of the database, what its session managers have in flight completes or
/// throws an <see cref="ObjectDisposedException"/> whose <see cref="ObjectDisposedException.ObjectName"/> is <c>SessionManager</c>, and so
/// does whatever follows.
/// </para>
/// </remarks>
public interface ISessionManagerFactory
{
    /// <summary>
    /// Gets the owner of the sessions that this factory makes session managers of.
    /// </summary>
    /// <value>Never null; <see cref="SessionOwner.None"/> where nobody owns them. The provider of the owner is asked each time, where there is one.</value>
    /// <exception cref="SessionOwnerRequiredException">The provider has named none.</exception>
    SessionOwner Owner { get; }

    /// <summary>
    /// Gets a factory for the sessions of an owner, whatever the provider of the owner says.
    /// </summary>
    /// <param name="owner">The owner, or <see cref="SessionOwner.None"/> for the sessions that nobody owns.</param>
    /// <returns>The factory, with all else of this one. It is the scope's that this one was injected from.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="owner"/> is null.</exception>
    ISessionManagerFactory ForOwner(SessionOwner owner);

    /// <summary>
    /// Creates the session manager of one session. Sends nothing to the server and takes no lock.
    /// </summary>
    /// <param name="sessionId">
    /// The id of the session, chosen by the application: not blank, at most 255 bytes in UTF-8, without NUL. That of a session without an owner does
    /// not begin with <c>~</c> and have two more of them.
    /// </param>
    /// <param name="options">The options that differ from the registration's, or null for none.</param>
    /// <returns>
    /// A new session manager, owned by the caller. The session itself comes into being when an agent is first
    /// initialized.
    /// </returns>
    /// <exception cref="ArgumentException"><paramref name="sessionId"/> or a name in <paramref name="options"/> is not valid.</exception>
    /// <exception cref="SessionOwnerRequiredException">An <see cref="ISessionOwnerProvider"/> is registered, and has named no owner.</exception>
    ISessionManager Create(string sessionId, SessionManagerOptions? options = null);
}
