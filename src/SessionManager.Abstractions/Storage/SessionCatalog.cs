using SessionManager.Internal.Shared;

namespace SessionManager;

/// <summary>
/// Lists, exports, imports and erases the sessions of one place, for administration: what looks at more than one session.
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
        ThrowIfInvalid(query);

        return ListSessionsCoreAsync(query, cancellationToken);
    }

    /// <inheritdoc cref="ListSessionsAsync"/>
    /// <remarks>
    /// The numbers of the query and the keys of its metadata have been checked. <see cref="SessionCursor"/> checks
    /// <see cref="SessionQuery.After"/>.
    /// </remarks>
    protected abstract Task<SessionPage> ListSessionsCoreAsync(SessionQuery query, CancellationToken cancellationToken);

    /// <summary>
    /// Writes a session as lines of JSON, from which <see cref="ImportAsync"/> makes it again, here or elsewhere: with all that is stored of it.
    /// </summary>
    /// <param name="session">The session.</param>
    /// <param name="destination">Where to write. It is neither flushed nor disposed.</param>
    /// <param name="cancellationToken">Cancels the call. What was written then is no whole file.</param>
    /// <returns>What was written.</returns>
    /// <remarks>
    /// The session may be in use: its fields are written as they are at one moment, and each message as it is when it is read. Runs are not written,
    /// nor when the session expires.
    /// </remarks>
    /// <exception cref="ArgumentException">It is the key of no session, or the stream is null or cannot be written to.</exception>
    /// <exception cref="SessionNotFoundException">The session does not exist, or was deleted meanwhile.</exception>
    /// <exception cref="UnsupportedSessionException">The session has a layout that this release does not read.</exception>
    /// <exception cref="NotSupportedException">The storage cannot export sessions.</exception>
    public Task<ExportResult> ExportAsync(SessionKey session, Stream destination, CancellationToken cancellationToken = default)
    {
        ThrowIfNone(session);
        ThrowIfUnwritable(destination);

        return ExportCoreAsync(session, destination, cancellationToken);
    }

    /// <inheritdoc cref="ExportAsync(SessionKey, Stream, CancellationToken)"/>
    /// <remarks>The arguments have been checked.</remarks>
    protected virtual Task<ExportResult> ExportCoreAsync(SessionKey session, Stream destination, CancellationToken cancellationToken) =>
        throw new NotSupportedException($"{GetType().Name} cannot export sessions.");

    /// <summary>
    /// Writes all sessions that match a query as lines of JSON, in its order, each as the export of one session does.
    /// </summary>
    /// <param name="query">The conditions. From its cursor on all pages are written; the limit is how many sessions are listed at a time.</param>
    /// <param name="destination">Where to write. It is neither flushed nor disposed.</param>
    /// <param name="cancellationToken">Cancels the call. What was written then is no whole file.</param>
    /// <returns>What was written.</returns>
    /// <remarks>
    /// A session that is deleted meanwhile is left out. One that is created or, in the order of changes, changed meanwhile may be left out; none is
    /// imported twice.
    /// </remarks>
    /// <exception cref="ArgumentException">As of <see cref="ListSessionsAsync"/>; or the stream is null or cannot be written to.</exception>
    /// <exception cref="UnsupportedSessionException">A session has a layout that this release does not read.</exception>
    /// <exception cref="NotSupportedException">The storage cannot export sessions.</exception>
    public Task<ExportResult> ExportAsync(SessionQuery query, Stream destination, CancellationToken cancellationToken = default)
    {
        ThrowIfInvalid(query);
        ThrowIfUnwritable(destination);

        return ExportCoreAsync(query, destination, cancellationToken);
    }

    /// <inheritdoc cref="ExportAsync(SessionQuery, Stream, CancellationToken)"/>
    /// <remarks>The arguments have been checked, as those of <see cref="ListSessionsCoreAsync"/>.</remarks>
    protected virtual Task<ExportResult> ExportCoreAsync(SessionQuery query, Stream destination, CancellationToken cancellationToken) =>
        throw new NotSupportedException($"{GetType().Name} cannot export sessions.");

    /// <summary>
    /// Brings in the sessions of a file that an export has written. Each is seen whole or not at all; one whose id is there already is left as it is.
    /// </summary>
    /// <param name="source">The file. It is read once, from where it stands, and not disposed.</param>
    /// <param name="cancellationToken">Cancels the call. Sessions that are whole then stay; call it again for the rest.</param>
    /// <returns>What was done.</returns>
    /// <remarks>
    /// Once all of a file is there, another import of it changes nothing. Where a session of the same id was deleted a short time ago, the numbers of
    /// the branches are others than in the file. Sessions expire as the storage says, from now on. Whose they are the file says: take none from users.
    /// </remarks>
    /// <exception cref="ArgumentException">The stream is null or cannot be read.</exception>
    /// <exception cref="SessionFileException">The file is broken, is not whole, or has a version that this release does not know.</exception>
    /// <exception cref="UnsupportedSessionException">A session in the file has a layout that this release does not write.</exception>
    /// <exception cref="InvalidOperationException">Another call deletes or imports the same session. Import it again.</exception>
    /// <exception cref="NotSupportedException">The storage cannot import sessions.</exception>
    public Task<ImportResult> ImportAsync(Stream source, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (!source.CanRead)
        {
            throw new ArgumentException("The stream cannot be read.", nameof(source));
        }

        return ImportCoreAsync(source, cancellationToken);
    }

    /// <inheritdoc cref="ImportAsync"/>
    /// <remarks>The arguments have been checked.</remarks>
    protected virtual Task<ImportResult> ImportCoreAsync(Stream source, CancellationToken cancellationToken) =>
        throw new NotSupportedException($"{GetType().Name} cannot import sessions.");

    private static void ThrowIfUnwritable(Stream destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        if (!destination.CanWrite)
        {
            throw new ArgumentException("The stream cannot be written to.", nameof(destination));
        }
    }

    private static void ThrowIfInvalid(SessionQuery query)
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
    }

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
