namespace SessionManager.Internal.Hooks;

/// <summary>
/// What one hook is given as <c>next</c>: the hooks that follow, then the operation itself.
/// </summary>
/// <param name="operation">The operation.</param>
/// <param name="following">The place of the hook that follows.</param>
/// <remarks>
/// Each hook of each operation gets its own, since each may call it again after a failure, and none after a success.
/// </remarks>
internal sealed class HookCall<THook, TContext, TResult>(HookedOperation<THook, TContext, TResult> operation, int following)
    where TContext : class
{
    private const int Idle = 0;
    private const int Running = 1;
    private const int Succeeded = 2;

    private int _state;

    public async ValueTask<TResult> ContinueAsync(TContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        operation.ThrowIfOtherOperation(context);
        if (Interlocked.CompareExchange(ref _state, Running, Idle) != Idle)
        {
            throw new InvalidOperationException(
                "A hook called next while an earlier call of it was running or after one had succeeded; an operation happens once.");
        }

        var ended = Idle;
        try
        {
            var result = await operation.ContinueAsync(following, context).ConfigureAwait(false);
            ended = Succeeded;
            return result;
        }
        finally
        {
            Volatile.Write(ref _state, ended);
        }
    }
}
