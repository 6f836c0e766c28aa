namespace SessionManager;

public abstract partial class SessionCatalog
{
    /// <summary>
    /// Gives a session to another owner, with everything in it: it has the same id for that owner, and is not there any more for the one before.
    /// </summary>
    /// <param name="session">The session, most often one that nobody owns: a strict <see cref="ISessionOwnerProvider"/> does not reach it.</param>
    /// <param name="owner">The owner that it is to have. <see cref="SessionOwner.None"/> for nobody.</param>
    /// <param name="cancellationToken">Cancels the call. Call it again then.</param>
    /// <returns>A task that ends when the session is the owner's. It ends at once where it is already.</returns>
    /// <remarks>
    /// <para>
    /// It can be stopped at any point and called again, and several calls may run at once. While it goes on, which takes as long as a copy of the
    /// session, the session cannot be found by either owner. One that was stopped comes to its end, if not by another call, then by
    /// <see cref="SessionStorage.SweepAsync"/>.
    /// </para>
    /// <para>
    /// Runs that go on lose their session, as by its deletion, and what they append afterwards is lost. The session expires as if it had just been
    /// written to.
    /// </para>
    /// </remarks>
    /// <exception cref="ArgumentException"><paramref name="session"/> is none; <paramref name="owner"/> is null, or nobody can have a session of this id.</exception>
    /// <exception cref="SessionNotFoundException">The session does not exist, or was assigned to another owner.</exception>
    /// <exception cref="InvalidOperationException">The owner has a session of this id, or the session is too large for a longer key. Nothing was changed.</exception>
    /// <exception cref="SessionHeldException">The session, or its owner, is held.</exception>
    /// <exception cref="UnsupportedSessionException">The session has a layout that this release does not write.</exception>
    /// <exception cref="NotSupportedException">The storage cannot assign sessions.</exception>
    public Task AssignAsync(SessionKey session, SessionOwner owner, CancellationToken cancellationToken = default)
    {
        ThrowIfNone(session);
        ArgumentNullException.ThrowIfNull(owner);
        _ = new SessionKey(owner, session.SessionId);

        return AssignCoreAsync(session, owner, cancellationToken);
    }

    /// <inheritdoc cref="AssignAsync"/>
    /// <remarks>The arguments have been checked. Without an override, it is not supported.</remarks>
    protected virtual Task AssignCoreAsync(SessionKey session, SessionOwner owner, CancellationToken cancellationToken) =>
        throw new NotSupportedException($"{GetType().Name} cannot assign sessions.");
}
