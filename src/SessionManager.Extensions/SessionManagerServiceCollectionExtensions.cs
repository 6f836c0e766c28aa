using SessionManager;
using SessionManager.Internal.Sessions;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>
/// Adds agent sessions over any storage to a service collection: what <c>AddMongoSessionManager</c> and
/// <c>AddInMemorySessionManager</c> rest on.
/// </summary>
/// <remarks>
/// <para>
/// Each overload adds <see cref="ISessionManagerFactory"/>, which can be injected into services of any lifetime, the singletons
/// <see cref="SessionStorageProvider"/> and <see cref="SessionCatalog"/>, and the preparation of the storage at host start. It
/// takes the place of what else stores sessions under the same key, decorators included; hooks stay.
/// </para>
/// </remarks>
public static class SessionManagerServiceCollectionExtensions
{
    /// <summary>
    /// Adds sessions over a storage.
    /// </summary>
    /// <param name="services">The services to add to.</param>
    /// <param name="createStorages">Makes the storages, once. The container disposes what it returns, where that is disposable.</param>
    /// <returns>A builder for further configuration.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static ISessionManagerBuilder AddSessionManager(this IServiceCollection services, Func<IServiceProvider, SessionStorageProvider> createStorages) =>
        Add(services, serviceKey: null, createStorages);

    /// <summary>
    /// Adds sessions over a storage under a service key.
    /// </summary>
    /// <param name="services">The services to add to.</param>
    /// <param name="serviceKey">The key of the services.</param>
    /// <param name="createStorages">Makes the storages, once. The container disposes what it returns, where that is disposable.</param>
    /// <returns>A builder for further configuration.</returns>
    /// <exception cref="ArgumentException">An argument is null, or the key is blank.</exception>
    public static ISessionManagerBuilder AddKeyedSessionManager(
        this IServiceCollection services,
        string serviceKey,
        Func<IServiceProvider, SessionStorageProvider> createStorages)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(serviceKey);
        return Add(services, serviceKey, createStorages);
    }

    private static SessionManagerBuilder Add(IServiceCollection services, string? serviceKey, Func<IServiceProvider, SessionStorageProvider> createStorages)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(createStorages);

        services.AddStorage(serviceKey, (provider, _) => createStorages(provider));
        return new SessionManagerBuilder(services, serviceKey);
    }
}
