using Microsoft.Extensions.DependencyInjection;
using SessionManager.Internal.Hooks;

namespace SessionManager;

/// <summary>
/// Registers the session manager over a storage that needs no server.
/// </summary>
internal static class FakeSessionRegistration
{
    public static ISessionManagerBuilder AddFakeSessionManager(this IServiceCollection services, FakeSessionStorage storage, string? serviceKey = null)
    {
        var storages = new Provider(storage);
        return serviceKey is null ? services.AddSessionManager(_ => storages) : services.AddKeyedSessionManager(serviceKey, _ => storages);
    }

    public static ServiceProvider BuildStrictly(this IServiceCollection services) =>
        services.BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true });

    public static ISessionManager CreateSession(this IServiceProvider provider, string sessionId = "s1") =>
        provider.GetRequiredService<ISessionManagerFactory>().Create(sessionId);

    /// <summary>
    /// Puts each metadata hook into another one that hands it a <c>next</c> of its own, as decorators in the container do.
    /// </summary>
    public static void DecorateMetadataHooks(this IServiceCollection services)
    {
        for (var i = 0; i < services.Count; i++)
        {
            if (services[i] is { ServiceType: var type, IsKeyedService: false } inner && type == typeof(IMetadataHook))
            {
                services[i] = ServiceDescriptor.Singleton<IMetadataHook>(provider => new DelegateMetadataHook((context, next) =>
                    ((IMetadataHook)(inner.ImplementationInstance ?? inner.ImplementationFactory!(provider))).InvokeAsync(context, passed => next(passed))));
            }
        }
    }

    private sealed class Provider(SessionStorage storage) : SessionStorageProvider
    {
        public override SessionStorage DefaultStorage => storage;

        public override SessionStorage GetStorage(SessionManagerOptions options) => storage;
    }
}
