using Microsoft.Extensions.DependencyInjection;

namespace SessionManager.Internal.Hooks;

/// <summary>
/// The hooks of the session managers of one scope, or of a single one that has no scope but its own. They are resolved
/// when an operation first needs them.
/// </summary>
/// <remarks>
/// A factory in a singleton has the root provider, which must not create scoped services and would keep transient ones
/// for as long as the process lives. Its session managers therefore have a scope each.
/// </remarks>
internal sealed class SessionHooks(IServiceProvider services, object? serviceKey, bool ownsScope) : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private HookChain<IMetadataHook, MetadataHookContext, MetadataHookResult>? _metadata;
    private HookChain<IFeedbackHook, FeedbackHookContext, Feedback?>? _feedback;
    private AsyncServiceScope? _scope;
    private bool _disposed;

    public HookChain<IMetadataHook, MetadataHookContext, MetadataHookResult> Metadata => _metadata ?? Resolve(ref _metadata);

    public HookChain<IFeedbackHook, FeedbackHookContext, Feedback?> Feedback => _feedback ?? Resolve(ref _feedback);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        if (!ownsScope)
        {
            return ValueTask.CompletedTask;
        }

        AsyncServiceScope? scope;
        lock (_lock)
        {
            _disposed = true;
            (scope, _scope) = (_scope, null);
        }

        return scope?.DisposeAsync() ?? ValueTask.CompletedTask;
    }

    private HookChain<THook, TContext, TResult> Resolve<THook, TContext, TResult>(ref HookChain<THook, TContext, TResult>? chain)
        where TContext : class
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (chain is null)
            {
                var provider = ownsScope ? (_scope ??= services.CreateAsyncScope()).ServiceProvider : services;
                chain = new(
                    [.. GetServices<THook>(provider)],
                    [.. GetServices<IOperationObserver<TContext, TResult>>(provider)],
                    provider.GetRequiredService<TimeProvider>());
            }

            return chain;
        }
    }

    private IEnumerable<T> GetServices<T>(IServiceProvider provider) =>
        serviceKey is null ? provider.GetServices<T>() : provider.GetKeyedServices<T>(serviceKey);
}
