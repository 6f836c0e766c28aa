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
    private IMetadataHook[]? _metadata;
    private IFeedbackHook[]? _feedback;
    private AsyncServiceScope? _scope;
    private bool _disposed;

    public IMetadataHook[] Metadata => _metadata ?? Resolve(ref _metadata);

    public IFeedbackHook[] Feedback => _feedback ?? Resolve(ref _feedback);

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

    private T[] Resolve<T>(ref T[]? hooks)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return hooks ??= [.. GetServices<T>(ownsScope ? (_scope ??= services.CreateAsyncScope()).ServiceProvider : services)];
        }
    }

    private IEnumerable<T> GetServices<T>(IServiceProvider provider) =>
        serviceKey is null ? provider.GetServices<T>() : provider.GetKeyedServices<T>(serviceKey);
}
