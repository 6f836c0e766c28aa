using Microsoft.Extensions.DependencyInjection;

namespace SessionManager.Internal.Hooks;

/// <summary>
/// Tells, once for each registration, whether it has hooks or observers at all. A singleton: its provider is the root one.
/// </summary>
internal sealed class HookRegistration
{
    private readonly IServiceProvider _root;
    private readonly object? _serviceKey;
    private readonly bool _hasHooks;

    public HookRegistration(IServiceProvider root, object? serviceKey)
    {
        _root = root;
        _serviceKey = serviceKey;
        _hasHooks = HasService(typeof(IMetadataHook))
            || HasService(typeof(IFeedbackHook))
            || HasService(typeof(IOperationObserver<MetadataHookContext, MetadataHookResult>))
            || HasService(typeof(IOperationObserver<FeedbackHookContext, Feedback?>));
    }

    /// <summary>
    /// Creates the hooks of a factory that was injected from a scope.
    /// </summary>
    /// <param name="services">The provider of that scope.</param>
    /// <returns>Null when there are no hooks, and when each session manager needs hooks of its own.</returns>
    public SessionHooks? CreateShared(IServiceProvider services) =>
        _hasHooks && !IsRoot(services) ? new SessionHooks(services, _serviceKey, ownsScope: false) : null;

    /// <summary>
    /// Creates the hooks of one session manager, which disposes them.
    /// </summary>
    /// <returns>Null when there are no hooks.</returns>
    public SessionHooks? CreateOwned() => _hasHooks ? new SessionHooks(_root, _serviceKey, ownsScope: true) : null;

    private bool IsRoot(IServiceProvider services) => ReferenceEquals(services, _root);

    // A container that cannot tell is taken to have hooks.
    private bool HasService(Type type) => _serviceKey is null
        ? _root.GetService<IServiceProviderIsService>()?.IsService(type) ?? true
        : _root.GetService<IServiceProviderIsKeyedService>()?.IsKeyedService(type, _serviceKey) ?? true;
}
