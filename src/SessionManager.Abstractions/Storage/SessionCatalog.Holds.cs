using SessionManager.Internal.Shared;

namespace SessionManager;

public abstract partial class SessionCatalog
{
    /// <summary>
    /// Holds everything of an owner, also what is to come: it is neither erased nor deleted, and does not expire, for as long as that is not
    /// taken back.
    /// </summary>
    /// <param name="owner">The owner.</param>
    /// <param name="reason">Why, not blank. It is stored, and who is refused is told.</param>
    /// <param name="cancellationToken">Cancels the call. Call it again then.</param>
    /// <returns>A task that ends when it is held.</returns>
    /// <remarks>
    /// What is held already keeps its reason. Sessions go on as before, and messages can be redacted. With a lifetime of sessions, the sweep sees to what
    /// has come since: a lifetime of less than an hour is too short for it.
    /// </remarks>
    /// <exception cref="ArgumentException"><paramref name="owner"/> is null or <see cref="SessionOwner.None"/>; <paramref name="reason"/> is null or blank.</exception>
    /// <exception cref="NotSupportedException">The storage cannot hold sessions.</exception>
    public Task SetHoldAsync(SessionOwner owner, string reason, CancellationToken cancellationToken = default)
    {
        ThrowIfNone(owner);
        ThrowIfInvalidReason(reason);

        return SetHoldCoreAsync(owner, reason, cancellationToken);
    }

    /// <summary>
    /// Holds a session: it is neither erased nor deleted, and does not expire, for as long as that is not taken back.
    /// </summary>
    /// <param name="session">The session.</param>
    /// <param name="reason">Why, not blank. It is stored, and who is refused is told.</param>
    /// <param name="cancellationToken">Cancels the call. Call it again then.</param>
    /// <returns>A task that ends when it is held.</returns>
    /// <remarks>As for an owner. A reason for the session takes the place of that for its owner, and stays when that is taken back.</remarks>
    /// <exception cref="ArgumentException"><paramref name="session"/> is none; <paramref name="reason"/> is null or blank.</exception>
    /// <exception cref="SessionNotFoundException">The session does not exist.</exception>
    /// <exception cref="NotSupportedException">The storage cannot hold sessions.</exception>
    public Task SetHoldAsync(SessionKey session, string reason, CancellationToken cancellationToken = default)
    {
        ThrowIfNone(session);
        ThrowIfInvalidReason(reason);

        return SetHoldCoreAsync(session, reason, cancellationToken);
    }

    /// <summary>
    /// Takes the hold of an owner back. Sessions that are held themselves stay so. Others expire as if they had just been written to.
    /// </summary>
    /// <param name="owner">The owner.</param>
    /// <param name="cancellationToken">Cancels the call. Call it again then.</param>
    /// <returns>False where the owner was not held.</returns>
    /// <exception cref="ArgumentException"><paramref name="owner"/> is null or <see cref="SessionOwner.None"/>.</exception>
    /// <exception cref="NotSupportedException">The storage cannot hold sessions.</exception>
    public Task<bool> RemoveHoldAsync(SessionOwner owner, CancellationToken cancellationToken = default)
    {
        ThrowIfNone(owner);

        return RemoveHoldCoreAsync(owner, cancellationToken);
    }

    /// <summary>
    /// Takes the hold of a session back. Where its owner is held, it is held as all of the owner's.
    /// </summary>
    /// <param name="session">The session.</param>
    /// <param name="cancellationToken">Cancels the call. Call it again then.</param>
    /// <returns>False where the session was not held itself.</returns>
    /// <exception cref="ArgumentException"><paramref name="session"/> is none.</exception>
    /// <exception cref="NotSupportedException">The storage cannot hold sessions.</exception>
    public Task<bool> RemoveHoldAsync(SessionKey session, CancellationToken cancellationToken = default)
    {
        ThrowIfNone(session);

        return RemoveHoldCoreAsync(session, cancellationToken);
    }

    /// <inheritdoc cref="SetHoldAsync(SessionOwner, string, CancellationToken)"/>
    /// <remarks>The arguments have been checked. Without an override, it is not supported.</remarks>
    protected virtual Task SetHoldCoreAsync(SessionOwner owner, string reason, CancellationToken cancellationToken) => throw NoHolds();

    /// <inheritdoc cref="SetHoldAsync(SessionKey, string, CancellationToken)"/>
    /// <remarks>The arguments have been checked. Without an override, it is not supported.</remarks>
    protected virtual Task SetHoldCoreAsync(SessionKey session, string reason, CancellationToken cancellationToken) => throw NoHolds();

    /// <inheritdoc cref="RemoveHoldAsync(SessionOwner, CancellationToken)"/>
    /// <remarks>The arguments have been checked. Without an override, it is not supported.</remarks>
    protected virtual Task<bool> RemoveHoldCoreAsync(SessionOwner owner, CancellationToken cancellationToken) => throw NoHolds();

    /// <inheritdoc cref="RemoveHoldAsync(SessionKey, CancellationToken)"/>
    /// <remarks>The arguments have been checked. Without an override, it is not supported.</remarks>
    protected virtual Task<bool> RemoveHoldCoreAsync(SessionKey session, CancellationToken cancellationToken) => throw NoHolds();

    private NotSupportedException NoHolds() => new($"{GetType().Name} cannot hold sessions.");

    private static void ThrowIfNone(SessionKey session)
    {
        if (session.SessionId is null)
        {
            throw new ArgumentException("It is the key of no session.", nameof(session));
        }
    }

    private static void ThrowIfInvalidReason(string reason)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        Identifier.ThrowIfIllFormed(reason, nameof(reason));
    }
}
