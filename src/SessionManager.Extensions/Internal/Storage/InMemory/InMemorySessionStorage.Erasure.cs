namespace SessionManager.Internal.Storage.InMemory;

internal sealed partial class InMemorySessionStorage
{
    // Until the last that names the owner goes.
    private readonly Dictionary<SessionOwner, string> _erasing = [];
    private readonly Dictionary<string, ErasureReceipt> _erasures = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public async Task<ErasureReceipt> EraseAsync(SessionOwner owner, CancellationToken cancellationToken)
    {
        using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
        if (_heldOwners.TryGetValue(owner, out var reason))
        {
            throw new SessionHeldException(owner, reason);
        }

        var now = ToStored(timeProvider.GetUtcNow());
        var receipt = FindErasure(owner) ?? new ErasureReceipt
        {
            Id = $"{Guid.NewGuid():N}",
            StartedAt = now,
            CompletedAt = null,
            FinalAt = null,
            IsFinal = false,
            SessionCount = 0,
            MessageCount = 0,
            FeedbackCount = 0,
        };
        var (sessions, messages, feedbacks, finalAt) = (0, 0, 0, now);
        string? heldId = null;
        foreach (var (sessionId, session) in GetSessions(owner))
        {
            if (session.HoldReason is not null)
            {
                heldId = sessionId;
                continue;
            }

            messages += session.Messages.Count();
            feedbacks += session.Feedbacks.Count;
            if (session.Document is { } document)
            {
                End(session, document);
                sessions++;
            }

            session.SweepAt ??= now + DeletionGracePeriod;
            session.RemoveMessagesBefore(int.MaxValue);
            finalAt = session.SweepAt > finalAt ? ToStored(session.SweepAt.Value) : finalAt;
        }

        receipt = receipt with
        {
            SessionCount = receipt.SessionCount + sessions,
            MessageCount = receipt.MessageCount + messages,
            FeedbackCount = receipt.FeedbackCount + feedbacks,
        };
        if (heldId is null && (receipt.CompletedAt is null || sessions + messages > 0))
        {
            receipt = receipt with { CompletedAt = now, FinalAt = finalAt };
        }

        _erasing[owner] = receipt.Id;
        _erasures[receipt.Id] = receipt;
        if (heldId is not null)
        {
            ThrowIfHeld(heldId, _sessions[heldId]);
        }

        return receipt;
    }

    /// <inheritdoc/>
    public async Task<ErasureReceipt?> FindErasureAsync(string erasureId, CancellationToken cancellationToken)
    {
        using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
        return _erasures.GetValueOrDefault(erasureId);
    }

    /// <summary>
    /// Forgets the owners of whose erased sessions nothing is left.
    /// </summary>
    private async Task FinishErasuresAsync(CancellationToken cancellationToken)
    {
        using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
        foreach (var (owner, id) in _erasing)
        {
            if (_erasures[id] is { FinalAt: { } finalAt } receipt && finalAt <= timeProvider.GetUtcNow())
            {
                _erasures[id] = receipt with { IsFinal = true };
                _erasing.Remove(owner);
            }
        }
    }

    private ErasureReceipt? FindErasure(SessionOwner owner) => _erasing.TryGetValue(owner, out var id) ? _erasures[id] : null;

    private List<KeyValuePair<string, InMemorySession>> GetSessions(SessionOwner owner) =>
        [.. _sessions.Where(session => SessionKey.Parse(session.Key).Owner == owner)];

    // As a database does, in whole milliseconds.
    private static DateTimeOffset ToStored(DateTimeOffset time) => DateTimeOffset.FromUnixTimeMilliseconds(time.ToUnixTimeMilliseconds());
}
