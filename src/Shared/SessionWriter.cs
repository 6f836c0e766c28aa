namespace SessionManager.Internal.Shared;

/// <summary>
/// Writes to a session what may be the first of it: where there is none, it is created with that.
/// </summary>
/// <remarks>A session that was deleted stays deleted. What succeeds at once allocates nothing.</remarks>
internal readonly struct SessionWriter(SessionStorage storage, string sessionId, string? applicationName)
{
    private readonly SessionStorage _storage = storage;
    private readonly string _sessionId = sessionId;
    private readonly string? _applicationName = applicationName;

    /// <exception cref="SessionNotFoundException">The session was deleted.</exception>
    public Task UpdateMetadataAsync(IReadOnlyDictionary<string, object?> metadata, CancellationToken cancellationToken)
    {
        var update = _storage.UpdateMetadataAsync(_sessionId, metadata, cancellationToken);
        return update.IsCompletedSuccessfully ? update : UpdateOrCreateAsync(update, metadata, cancellationToken);
    }

    /// <exception cref="SessionNotFoundException">The session was deleted.</exception>
    public Task<long> IncrementMetadataAsync(string key, long amount, CancellationToken cancellationToken)
    {
        var increment = _storage.IncrementMetadataAsync(_sessionId, key, amount, cancellationToken);
        return increment.IsCompletedSuccessfully ? increment : IncrementOrCreateAsync(increment, key, amount, cancellationToken);
    }

    /// <exception cref="SessionNotFoundException">The session was deleted, or the feedback is about a message of one that does not exist.</exception>
    public Task<Feedback> AddFeedbackAsync(Feedback feedback, CancellationToken cancellationToken)
    {
        var addition = _storage.AddFeedbackAsync(_sessionId, feedback, branch: null, cancellationToken);
        return addition.IsCompletedSuccessfully || feedback.AgentId is not null ? addition : AddOrCreateAsync(addition, feedback, cancellationToken);
    }

    public Task<bool> DeleteFeedbackAsync(string feedbackId, CancellationToken cancellationToken) =>
        _storage.DeleteFeedbackAsync(_sessionId, feedbackId, cancellationToken);

    private async Task UpdateOrCreateAsync(Task update, IReadOnlyDictionary<string, object?> metadata, CancellationToken cancellationToken)
    {
        try
        {
            await update.ConfigureAwait(false);
            return;
        }
        catch (SessionNotFoundException)
        {
            // The session and its first metadata in one write.
            if (await TryCreateAsync(metadata, cancellationToken).ConfigureAwait(false))
            {
                return;
            }
        }

        await WaitForAsync(_storage.UpdateMetadataAsync(_sessionId, metadata, cancellationToken)).ConfigureAwait(false);
    }

    private async Task<long> IncrementOrCreateAsync(Task<long> increment, string key, long amount, CancellationToken cancellationToken)
    {
        try
        {
            return await increment.ConfigureAwait(false);
        }
        catch (SessionNotFoundException)
        {
            // As an increment would have stored it.
            object value = amount is >= int.MinValue and <= int.MaxValue ? (int)amount : amount;
            if (await TryCreateAsync(new Dictionary<string, object?>(StringComparer.Ordinal) { [key] = value }, cancellationToken).ConfigureAwait(false))
            {
                return amount;
            }
        }

        var again = _storage.IncrementMetadataAsync(_sessionId, key, amount, cancellationToken);
        await WaitForAsync(again).ConfigureAwait(false);
        return await again.ConfigureAwait(false);
    }

    private async Task<Feedback> AddOrCreateAsync(Task<Feedback> addition, Feedback feedback, CancellationToken cancellationToken)
    {
        try
        {
            return await addition.ConfigureAwait(false);
        }
        catch (SessionNotFoundException)
        {
            await TryCreateAsync(metadata: null, cancellationToken).ConfigureAwait(false);
        }

        var again = _storage.AddFeedbackAsync(_sessionId, feedback, branch: null, cancellationToken);
        await WaitForAsync(again).ConfigureAwait(false);
        return await again.ConfigureAwait(false);
    }

    private Task<bool> TryCreateAsync(IReadOnlyDictionary<string, object?>? metadata, CancellationToken cancellationToken) =>
        _storage.CreateSessionAsync(_sessionId, _applicationName, metadata, revivesDeleted: false, cancellationToken);

    /// <summary>
    /// Waits for the second try. The session is there by now, whoever has created it, or it was deleted.
    /// </summary>
    private async Task WaitForAsync(Task again)
    {
        try
        {
            await again.ConfigureAwait(false);
        }
        catch (SessionNotFoundException)
        {
            throw new SessionNotFoundException(_sessionId, wasDeleted: true);
        }
    }
}
