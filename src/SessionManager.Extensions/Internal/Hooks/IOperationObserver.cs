namespace SessionManager.Internal.Hooks;

/// <summary>
/// Is told what becomes of the operations that the hooks of a registration stand around.
/// </summary>
/// <remarks>
/// It is no hook, and so it does not matter what hooks do with the <c>next</c> that they are given: the end of the chain
/// tells what is stored, and the start of it how the operation has ended.
/// </remarks>
internal interface IOperationObserver<TContext, TResult>
    where TContext : class
{
    /// <summary>
    /// Is called by the end of the chain each time that the storage has carried the operation out.
    /// </summary>
    /// <param name="stored">The operation as hooks have passed it on.</param>
    /// <param name="result">What the storage has answered.</param>
    /// <param name="cancellationToken">The caller's token. The one of the operation may be a hook's, which may have ended.</param>
    ValueTask StoredAsync(TContext stored, TResult result, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>
    /// Is called once, when the caller is about to get the result or the exception.
    /// </summary>
    /// <param name="operation">The operation as the caller gave it.</param>
    /// <param name="stored">The operation as the storage last carried it out, or null where hooks vetoed it or it failed before.</param>
    /// <param name="result">What the storage has answered then.</param>
    /// <param name="exception">The exception for the caller, or null.</param>
    /// <param name="elapsed">The time that it took.</param>
    void Ended(TContext operation, TContext? stored, TResult? result, Exception? exception, TimeSpan elapsed)
    {
    }
}
