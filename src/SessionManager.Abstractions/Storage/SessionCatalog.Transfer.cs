namespace SessionManager;

public abstract partial class SessionCatalog
{
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
}
