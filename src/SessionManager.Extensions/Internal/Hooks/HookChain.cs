namespace SessionManager.Internal.Hooks;

/// <summary>
/// The hooks around one kind of operation, the first outermost, and the observers of it.
/// </summary>
internal sealed class HookChain<THook, TContext, TResult>(THook[] hooks, IOperationObserver<TContext, TResult>[] observers, TimeProvider timeProvider)
    where TContext : class
{
    public THook[] Hooks => hooks;

    public IOperationObserver<TContext, TResult>[] Observers => observers;

    public TimeProvider TimeProvider => timeProvider;

    public bool IsEmpty => hooks.Length == 0 && observers.Length == 0;
}
