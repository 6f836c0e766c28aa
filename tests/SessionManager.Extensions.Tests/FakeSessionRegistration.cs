using Microsoft.Extensions.DependencyInjection;

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

    private sealed class Provider(SessionStorage storage) : SessionStorageProvider
    {
        public override SessionStorage DefaultStorage => storage;

        public override SessionStorage GetStorage(SessionManagerOptions options) => storage;
    }
}
