using SessionManager.Internal.Shared;

namespace SessionManager.Internal.Runs;

/// <summary>
/// The requests of this process that wait for a run of one agent, in the order in which they came.
/// </summary>
/// <remarks>Only the first of them looks at the database. A run of this process that ends wakes it.</remarks>
internal sealed class AgentQueue
{
    private readonly Gate _gate = new();
    private volatile TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>
    /// Waits until those that came before have their run. Dispose the result to let the next one look.
    /// </summary>
    public ValueTask<Gate.Entry> EnterAsync(CancellationToken cancellationToken) => _gate.EnterAsync(cancellationToken);

    /// <summary>
    /// Gets a task that ends when a run of this process does.
    /// </summary>
    public Task Ended => _ended.Task;

    /// <summary>
    /// Notes that a run of this process has ended.
    /// </summary>
    public void RunEnded() => Interlocked.Exchange(ref _ended, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
}
