namespace SessionManager.Testing.Server;

/// <summary>
/// Answers of the server that a <see cref="TcpProxy"/> keeps back.
/// </summary>
public sealed class AnswerHold
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>
    /// Gets a task that ends when the request has come from which on answers are kept back.
    /// </summary>
    public Task Reached => _reached.Task;

    /// <summary>
    /// Lets all answers through.
    /// </summary>
    public void Release() => _released.TrySetResult();

    /// <summary>
    /// Notes that the request has come, and returns what the answers wait for.
    /// </summary>
    public Task Reach()
    {
        _reached.TrySetResult();
        return _released.Task;
    }
}
