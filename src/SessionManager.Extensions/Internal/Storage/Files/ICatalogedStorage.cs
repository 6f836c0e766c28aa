namespace SessionManager.Internal.Storage.Files;

/// <summary>
/// What a storage does for its catalog, which has checked the arguments.
/// </summary>
internal interface ICatalogedStorage
{
    Task<SessionPage> ListSessionsAsync(SessionQuery query, CancellationToken cancellationToken);

    Task AssignAsync(SessionKey session, SessionOwner owner, CancellationToken cancellationToken);

    Task<ErasureReceipt> EraseAsync(SessionOwner owner, CancellationToken cancellationToken);

    Task<ErasureReceipt?> FindErasureAsync(string erasureId, CancellationToken cancellationToken);

    Task HoldAsync(SessionOwner owner, string reason, CancellationToken cancellationToken);

    Task HoldAsync(SessionKey session, string reason, CancellationToken cancellationToken);

    Task<bool> ReleaseAsync(SessionOwner owner, CancellationToken cancellationToken);

    Task<bool> ReleaseAsync(SessionKey session, CancellationToken cancellationToken);

    /// <summary>
    /// Writes one session.
    /// </summary>
    /// <exception cref="SessionNotFoundException">It is not there, or not any more.</exception>
    Task WriteAsync(string sessionId, SessionFileWriter file, CancellationToken cancellationToken);

    /// <summary>
    /// Begins to bring in a session; null where one of its id is there.
    /// </summary>
    /// <exception cref="FormatException">The storage cannot hold it. The message has nothing of the content.</exception>
    Task<IncomingSession?> BeginImportAsync(FiledSession session, CancellationToken cancellationToken);
}
