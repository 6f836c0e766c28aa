namespace SessionManager.Internal.Sessions;

/// <summary>
/// Lists and exports the sessions of the owner that the provider names, unless others are asked for. Who is erased, held or given a session is always said.
/// </summary>
internal sealed class OwnedCatalog(SessionCatalog inner, OwnerSource owners) : SessionCatalog
{
    /// <inheritdoc/>
    protected override Task<SessionPage> ListSessionsCoreAsync(SessionQuery query, CancellationToken cancellationToken) =>
        inner.ListSessionsAsync(ToOwned(query), cancellationToken);

    /// <inheritdoc/>
    protected override Task<ExportResult> ExportCoreAsync(SessionKey session, Stream destination, CancellationToken cancellationToken) =>
        inner.ExportAsync(session, destination, cancellationToken);

    /// <inheritdoc/>
    protected override Task<ExportResult> ExportCoreAsync(SessionQuery query, Stream destination, CancellationToken cancellationToken) =>
        inner.ExportAsync(ToOwned(query), destination, cancellationToken);

    /// <inheritdoc/>
    protected override Task<ImportResult> ImportCoreAsync(Stream source, CancellationToken cancellationToken) =>
        inner.ImportAsync(source, cancellationToken);

    /// <inheritdoc/>
    protected override Task<ErasureReceipt> EraseCoreAsync(SessionOwner owner, CancellationToken cancellationToken) =>
        inner.EraseAsync(owner, cancellationToken);

    /// <inheritdoc/>
    protected override Task<ErasureReceipt?> GetErasureCoreAsync(string erasureId, CancellationToken cancellationToken) =>
        inner.GetErasureAsync(erasureId, cancellationToken);

    /// <inheritdoc/>
    protected override Task SetHoldCoreAsync(SessionOwner owner, string reason, CancellationToken cancellationToken) =>
        inner.SetHoldAsync(owner, reason, cancellationToken);

    /// <inheritdoc/>
    protected override Task SetHoldCoreAsync(SessionKey session, string reason, CancellationToken cancellationToken) =>
        inner.SetHoldAsync(session, reason, cancellationToken);

    /// <inheritdoc/>
    protected override Task<bool> RemoveHoldCoreAsync(SessionOwner owner, CancellationToken cancellationToken) =>
        inner.RemoveHoldAsync(owner, cancellationToken);

    /// <inheritdoc/>
    protected override Task<bool> RemoveHoldCoreAsync(SessionKey session, CancellationToken cancellationToken) =>
        inner.RemoveHoldAsync(session, cancellationToken);

    /// <inheritdoc/>
    protected override Task AssignCoreAsync(SessionKey session, SessionOwner owner, CancellationToken cancellationToken) =>
        inner.AssignAsync(session, owner, cancellationToken);

    private SessionQuery ToOwned(SessionQuery query) => query.Owner is null && !query.AllOwners ? query with { Owner = owners.Get() } : query;
}
