namespace SessionManager.Internal.Hooks;

/// <summary>
/// One operation on its way through the hooks to the storage and back.
/// </summary>
/// <param name="chain">The hooks and observers.</param>
/// <param name="operation">The operation as the caller gave it.</param>
/// <param name="cancellationToken">The caller's token.</param>
internal abstract class HookedOperation<THook, TContext, TResult>(
    HookChain<THook, TContext, TResult> chain,
    TContext operation,
    CancellationToken cancellationToken)
    where TContext : class
{
    private TContext? _stored;
    private TResult? _result;

    protected TContext Operation => operation;

    /// <summary>
    /// Fails unless it is still the same operation: a hook may change what is written or read, not which way or for whom.
    /// </summary>
    public abstract void ThrowIfOtherOperation(TContext context);

    /// <summary>
    /// Goes on with the hook at a place of the chain, or at the end of it with the storage.
    /// </summary>
    public ValueTask<TResult> ContinueAsync(int place, TContext context) => place < chain.Hooks.Length
        ? InvokeAsync(chain.Hooks[place], context, new HookCall<THook, TContext, TResult>(this, place + 1))
        : StoreAndTellAsync(context);

    protected async ValueTask<TResult> RunAsync()
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (chain.Observers.Length == 0)
        {
            return await ContinueAsync(0, operation).ConfigureAwait(false);
        }

        var start = chain.TimeProvider.GetTimestamp();
        try
        {
            var result = await ContinueAsync(0, operation).ConfigureAwait(false);
            TellEnd(exception: null, start);
            return result;
        }
        catch (Exception exception)
        {
            TellEnd(exception, start);
            throw;
        }
    }

    protected abstract ValueTask<TResult> InvokeAsync(THook hook, TContext context, HookCall<THook, TContext, TResult> next);

    protected abstract ValueTask<TResult> StoreAsync(TContext context);

    private async ValueTask<TResult> StoreAndTellAsync(TContext context)
    {
        var result = await StoreAsync(context).ConfigureAwait(false);

        // Kept even when a hook fails after this: the caller then gets an exception for what is stored all the same.
        (_stored, _result) = (context, result);
        await TellStoredAsync(0, context, result).ConfigureAwait(false);
        return result;
    }

    private async ValueTask TellStoredAsync(int place, TContext context, TResult result)
    {
        if (place == chain.Observers.Length)
        {
            return;
        }

        try
        {
            await chain.Observers[place].StoredAsync(context, result, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            // One that waits and is cancelled keeps the news from no other.
            await TellStoredAsync(place + 1, context, result).ConfigureAwait(false);
        }
    }

    private void TellEnd(Exception? exception, long start)
    {
        var elapsed = chain.TimeProvider.GetElapsedTime(start);
        foreach (var observer in chain.Observers)
        {
            observer.Ended(operation, _stored, _result, exception, elapsed);
        }
    }
}
