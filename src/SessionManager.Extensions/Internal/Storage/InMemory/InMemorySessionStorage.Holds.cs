namespace SessionManager.Internal.Storage.InMemory;

internal sealed partial class InMemorySessionStorage
{
    private readonly Dictionary<SessionOwner, string> _heldOwners = [];

    /// <inheritdoc/>
    public async Task HoldAsync(SessionOwner owner, string reason, CancellationToken cancellationToken)
    {
        using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
        _heldOwners.TryAdd(owner, reason);
        ExtendAll(owner);
    }

    /// <inheritdoc/>
    public async Task HoldAsync(SessionKey key, string reason, CancellationToken cancellationToken)
    {
        using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
        var session = Get(key.ToString());
        session.HoldReason ??= reason;
        Extend(session);
    }

    /// <inheritdoc/>
    public async Task<bool> ReleaseAsync(SessionOwner owner, CancellationToken cancellationToken)
    {
        using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
        var wasHeld = _heldOwners.Remove(owner);
        ExtendAll(owner);
        return wasHeld;
    }

    /// <inheritdoc/>
    public async Task<bool> ReleaseAsync(SessionKey key, CancellationToken cancellationToken)
    {
        using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
        if (Find(key.ToString()) is not { HoldReason: not null } session)
        {
            return false;
        }

        session.HoldReason = null;
        Extend(session);
        return true;
    }

    /// <summary>
    /// Finds why a session is held, itself or as all of its owner's; null where it is not.
    /// </summary>
    private string? FindHoldReason(InMemorySession session) =>
        session.HoldReason ?? _heldOwners.GetValueOrDefault(session.Owner);

    private void ExtendAll(SessionOwner owner)
    {
        foreach (var (sessionId, session) in GetSessions(owner))
        {
            if (Find(sessionId) is { Document: not null })
            {
                Extend(session);
            }
        }
    }

    private void ThrowIfHeld(string sessionId, InMemorySession session)
    {
        if (FindHoldReason(session) is { } reason)
        {
            throw new SessionHeldException(sessionId, reason);
        }
    }
}
