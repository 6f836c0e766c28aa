namespace SessionManager.Internal.Shared;

/// <summary>
/// Lets one call in at a time, in the order in which they came.
/// </summary>
internal sealed class Gate
{
    private readonly SemaphoreSlim _free = new(1, 1);

    /// <summary>
    /// Waits until the calls that came before have left. Dispose the result to leave.
    /// </summary>
    public async ValueTask<Entry> EnterAsync(CancellationToken cancellationToken)
    {
        await _free.WaitAsync(cancellationToken).ConfigureAwait(false);
        return new Entry(_free);
    }

    /// <summary>
    /// The right to be inside, until it is disposed.
    /// </summary>
    public readonly struct Entry(SemaphoreSlim free) : IDisposable
    {
        public void Dispose() => free.Release();
    }
}
