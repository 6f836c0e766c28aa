namespace SessionManager.Internal.Hooks;

/// <summary>
/// What one hook of a chain is given as <c>next</c>: the hooks that follow, then the operation itself.
/// </summary>
/// <remarks>
/// Each hook of each operation gets its own, since each may call it again after a failure, and none after a success.
/// </remarks>
internal abstract class HookCall<TContext, TResult>
    where TContext : class
{
    private const int Idle = 0;
    private const int Running = 1;
    private const int Succeeded = 2;

    private int _state;
    private TContext? _stored;
    private HookCall<TContext, TResult>? _inner;

    /// <summary>
    /// Gets the operation as the storage carried it out, or null as long as it has not.
    /// </summary>
    /// <remarks>It may be there although a hook that follows has thrown: after the storage had answered.</remarks>
    public TContext? Stored => _inner?.Stored ?? _stored;

    protected async ValueTask<TResult> ContinueAsync(TContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        ThrowIfOtherOperation(context);
        if (Interlocked.CompareExchange(ref _state, Running, Idle) != Idle)
        {
            throw new InvalidOperationException(
                "A hook called next while an earlier call of it was running or after one had succeeded; an operation happens once.");
        }

        var ended = Idle;
        try
        {
            var result = await InvokeAsync(context).ConfigureAwait(false);
            ended = Succeeded;
            return result;
        }
        finally
        {
            Volatile.Write(ref _state, ended);
        }
    }

    /// <summary>
    /// Fails unless it is still the same operation: a hook may change what is written or read, not which way or for whom.
    /// </summary>
    protected abstract void ThrowIfOtherOperation(TContext context);

    /// <summary>
    /// Creates what the hook that follows is given.
    /// </summary>
    /// <returns>Null when none follows.</returns>
    protected abstract HookCall<TContext, TResult>? CreateInner();

    protected abstract ValueTask<TResult> InvokeHookAsync(TContext context, HookCall<TContext, TResult> inner);

    protected abstract ValueTask<TResult> StoreAsync(TContext context);

    private ValueTask<TResult> InvokeAsync(TContext context)
    {
        // What an earlier, failed call may have stored all the same stays known.
        _stored = Stored;
        _inner = CreateInner();
        return _inner is null ? StoreAndRememberAsync(context) : InvokeHookAsync(context, _inner);
    }

    private async ValueTask<TResult> StoreAndRememberAsync(TContext context)
    {
        var result = await StoreAsync(context).ConfigureAwait(false);
        _stored = context;
        return result;
    }
}
