using SessionManager.Internal.Shared;

namespace SessionManager;

/// <summary>
/// Lists the sessions of one place, and erases all of an owner, for administration: what looks at more than one session.
/// </summary>
/// <remarks>
/// Thread-safe. It can be injected wherever sessions are registered, under their key. Where the storage cannot list sessions,
/// resolving it throws <see cref="NotSupportedException"/>.
/// </remarks>
public abstract class SessionCatalog
{
    private const int MaxLimit = 1000;

    /// <summary>
    /// Lists sessions, newest first.
    /// </summary>
    /// <param name="query">The conditions and the page.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>One page.</returns>
    /// <exception cref="ArgumentException">
    /// The query is null, or a metadata key or value, the limit, the order, the owner or the end of the page before in it is not valid.
    /// </exception>
    /// <exception cref="SessionOwnerRequiredException">
    /// The query names no owner, an <see cref="ISessionOwnerProvider"/> is registered, and it has named none either.
    /// </exception>
    public Task<SessionPage> ListSessionsAsync(SessionQuery query, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentOutOfRangeException.ThrowIfLessThan(query.Limit, 1, $"{nameof(query)}.{nameof(query.Limit)}");
        ArgumentOutOfRangeException.ThrowIfGreaterThan(query.Limit, MaxLimit, $"{nameof(query)}.{nameof(query.Limit)}");
        if (!Enum.IsDefined(query.Order))
        {
            throw new ArgumentOutOfRangeException($"{nameof(query)}.{nameof(query.Order)}", query.Order, "The order is not known.");
        }

        if (query is { Owner: not null, AllOwners: true })
        {
            throw new ArgumentException("The query asks for the sessions of one owner and for those of all.", $"{nameof(query)}.{nameof(query.AllOwners)}");
        }

        if (query.Metadata is not null)
        {
            MetadataKeys.ThrowIfInvalid(query.Metadata.Keys, nameof(query));
        }

        return ListSessionsCoreAsync(query, cancellationToken);
    }

    /// <inheritdoc cref="ListSessionsAsync"/>
    /// <remarks>
    /// The numbers of the query and the keys of its metadata have been checked. <see cref="SessionCursor"/> checks
    /// <see cref="SessionQuery.After"/>.
    /// </remarks>
    protected abstract Task<SessionPage> ListSessionsCoreAsync(SessionQuery query, CancellationToken cancellationToken);

    /// <summary>
    /// Erases everything that is stored of an owner: its sessions, those that expire or were deleted, and their messages on all branches.
    /// </summary>
    /// <param name="owner">The owner. Of a tenant without a user, what belongs to all of the tenant, and nothing of its users.</param>
    /// <param name="cancellationToken">Cancels the call. The next one goes on where it stopped.</param>
    /// <returns>What was erased. Its id finds it again, when nothing that names the owner is stored any more.</returns>
    /// <remarks>
    /// <para>
    /// It can be stopped at any point and called again, and several calls may run at once: they are one erasure and have one receipt. A call
    /// that comes before <see cref="ErasureReceipt.FinalAt"/> erases what was stored since, with the same receipt. An erasure that was begun
    /// comes to its end, if not by another call, then by <see cref="SessionStorage.SweepAsync"/>.
    /// </para>
    /// <para>
    /// Runs that go on lose their session, as by its deletion: they end with <see cref="SessionRunLostException"/> or
    /// <see cref="SessionNotFoundException"/>, and nothing of them comes back. A request that comes later begins an empty session.
    /// </para>
    /// </remarks>
    /// <exception cref="ArgumentException"><paramref name="owner"/> is null or <see cref="SessionOwner.None"/>.</exception>
    /// <exception cref="SessionHeldException">The owner or one of its sessions is held. All that is not was erased, of a held owner nothing.</exception>
    /// <exception cref="UnsupportedSessionException">A session has a layout that is not known. All others were erased.</exception>
    /// <exception cref="NotSupportedException">The storage cannot erase by owner.</exception>
    public Task<ErasureReceipt> EraseAsync(SessionOwner owner, CancellationToken cancellationToken = default)
    {
        ThrowIfNone(owner);

        return EraseCoreAsync(owner, cancellationToken);
    }

    /// <inheritdoc cref="EraseAsync"/>
    /// <remarks>The owner has been checked. Without an override, it is not supported.</remarks>
    protected virtual Task<ErasureReceipt> EraseCoreAsync(SessionOwner owner, CancellationToken cancellationToken) =>
        throw new NotSupportedException($"{GetType().Name} cannot erase the sessions of an owner.");

    /// <summary>
    /// Gets the receipt of an erasure, as it is by now.
    /// </summary>
    /// <param name="erasureId">The id of the receipt.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The receipt, or null where there is none of this id.</returns>
    /// <exception cref="ArgumentException"><paramref name="erasureId"/> is null or blank.</exception>
    /// <exception cref="NotSupportedException">The storage cannot erase by owner.</exception>
    public Task<ErasureReceipt?> GetErasureAsync(string erasureId, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(erasureId);

        return GetErasureCoreAsync(erasureId, cancellationToken);
    }

    /// <inheritdoc cref="GetErasureAsync"/>
    /// <remarks>The id has been checked. Without an override, it is not supported.</remarks>
    protected virtual Task<ErasureReceipt?> GetErasureCoreAsync(string erasureId, CancellationToken cancellationToken) =>
        throw new NotSupportedException($"{GetType().Name} cannot erase the sessions of an owner.");

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

    private static void ThrowIfNone(SessionOwner owner)
    {
        ArgumentNullException.ThrowIfNull(owner);
        if (owner.IsNone)
        {
            throw new ArgumentException("What nobody owns is no owner's: name the session.", nameof(owner));
        }
    }

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
