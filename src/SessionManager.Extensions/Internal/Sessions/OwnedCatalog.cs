namespace SessionManager.Internal.Sessions;

/// <summary>
/// Lists the sessions of the owner that the provider names, unless others are asked for. Who is erased is always said.
/// </summary>
internal sealed class OwnedCatalog(SessionCatalog inner, OwnerSource owners) : SessionCatalog
{
    /// <inheritdoc/>
    protected override Task<SessionPage> ListSessionsCoreAsync(SessionQuery query, CancellationToken cancellationToken) =>
        inner.ListSessionsAsync(query.Owner is null && !query.AllOwners ? query with { Owner = owners.Get() } : query, cancellationToken);

    /// <inheritdoc/>
    protected override Task<ErasureReceipt> EraseCoreAsync(SessionOwner owner, CancellationToken cancellationToken) =>
        inner.EraseAsync(owner, cancellationToken);

    /// <inheritdoc/>
    protected override Task<ErasureReceipt?> GetErasureCoreAsync(string erasureId, CancellationToken cancellationToken) =>
        inner.GetErasureAsync(erasureId, cancellationToken);
}
