namespace SessionManager;

public abstract partial class SessionCatalog
{
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

    private static void ThrowIfNone(SessionOwner owner)
    {
        ArgumentNullException.ThrowIfNull(owner);
        if (owner.IsNone)
        {
            throw new ArgumentException("What nobody owns is no owner's: name the session.", nameof(owner));
        }
    }
}
