using SessionManager.Internal.Shared;

namespace SessionManager.Internal.Runs;

/// <summary>
/// How long one request waits for a run of an agent.
/// </summary>
internal sealed class BusyWait(WhenBusy whenBusy, AgentQueue queue, TimeProvider timeProvider, CancellationToken cancellationToken) : IDisposable
{
    private readonly long _start = timeProvider.GetTimestamp();
    private Gate.Entry? _place;
    private Task _ended = Task.CompletedTask;

    /// <summary>
    /// Waits for those of this process that came before, where the request may wait at all.
    /// </summary>
    public async ValueTask EnterAsync()
    {
        var left = GetTimeLeft();
        if (left <= TimeSpan.Zero)
        {
            return;
        }

        using var timeout = new CancellationTokenSource(left, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            _place = await queue.EnterAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Once more is looked before it is given up.
        }
    }

    /// <summary>
    /// Begins a look at the agent: a run of this process that ends from now on ends the wait.
    /// </summary>
    public void Look() => _ended = queue.Ended;

    /// <summary>
    /// Waits for some time, or until a run of this process has ended since the last look. False where the request has waited for as long as it may.
    /// </summary>
    public async Task<bool> WaitAsync(TimeSpan poll)
    {
        var left = GetTimeLeft();
        if (left <= TimeSpan.Zero)
        {
            return false;
        }

        // So that those of several processes do not look all at once.
        var jitter = poll * (0.5 + Random.Shared.NextDouble());
        var delay = Task.Delay(jitter < left ? jitter : left, timeProvider, cancellationToken);
        await (await Task.WhenAny(delay, _ended).ConfigureAwait(false)).ConfigureAwait(false);
        return true;
    }

    private TimeSpan GetTimeLeft() => whenBusy.WaitTime - timeProvider.GetElapsedTime(_start);

    /// <inheritdoc/>
    public void Dispose() => _place?.Dispose();
}
