using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using SessionManager.Internal.Diagnostics;
using SessionManager.Internal.History;
using SessionManager.Internal.Hooks;
using SessionManager.Internal.Titles;

namespace SessionManager.Internal.Sessions;

/// <summary>
/// The services that every registration has, whatever it stores sessions in.
/// </summary>
internal static class SessionManagerServices
{
    /// <summary>
    /// Tells whether something stores sessions under a key.
    /// </summary>
    public static bool HasStorage(this IServiceCollection services, string? serviceKey) => services.Any(service => IsStorage(service, serviceKey));

    /// <summary>
    /// Finds what stores sessions under a key: as in the container, the latest registration counts.
    /// </summary>
    public static ServiceDescriptor? FindStorage(this IServiceCollection services, string? serviceKey) =>
        services.LastOrDefault(service => IsStorage(service, serviceKey));

    /// <summary>
    /// Adds the session manager over a storage, which takes the place of what else stores sessions under the same key.
    /// </summary>
    public static void AddStorage(this IServiceCollection services, string? serviceKey, Func<IServiceProvider, object?, SessionStorageProvider> createStorages)
    {
        while (services.FindStorage(serviceKey) is { } other)
        {
            services.Remove(other);
        }

        // A null key is no key: the same lines serve both kinds of registration.
        services.AddKeyedSingleton(serviceKey, createStorages);
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<AgentPositions>();
        services.TryAddSingleton<HistoryMetrics>();
        services.TryAddKeyedSingleton(serviceKey, static (provider, key) => new HookRegistration(provider, key));

        // Transient, so that they can be injected anywhere and belong to the scope that they are injected from.
        services.TryAddKeyedTransient(serviceKey, static (provider, key) =>
            GetCatalog(provider.GetRequiredKeyedService<SessionStorageProvider>(key).DefaultStorage, provider.GetKeyedService<ISessionOwnerProvider>(key)));
        services.TryAddKeyedTransient<ISessionManagerFactory>(serviceKey, static (provider, key) => new DefaultSessionManagerFactory(
            provider.GetRequiredKeyedService<SessionStorageProvider>(key),
            provider.GetRequiredKeyedService<HookRegistration>(key),
            provider,
            GetOwners(provider, key),
            provider.GetRequiredService<AgentPositions>(),
            provider.GetRequiredService<HistoryMetrics>(),
            provider.GetKeyedService<TitleQueue>(key),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetSessionManagerLogger()));

        var registration = new SessionRegistration(serviceKey);
        if (!services.Any(service => registration.Equals(service.ImplementationInstance)))
        {
            services.AddSingleton(registration);
        }

        services.AddHostedService<StoragePreparationService>();
        services.AddHostedService<SweepService>();
    }

    private static OwnerSource GetOwners(IServiceProvider provider, object? key) => new(provider.GetKeyedService<ISessionOwnerProvider>(key));

    private static SessionCatalog GetCatalog(SessionStorage storage, ISessionOwnerProvider? owners)
    {
        var catalog = storage.Catalog ?? throw new NotSupportedException($"The storage {storage.Name} cannot list sessions.");
        return owners is null ? catalog : new OwnedCatalog(catalog, new OwnerSource(owners));
    }

    private static bool IsStorage(ServiceDescriptor service, string? serviceKey) =>
        service.ServiceType == typeof(SessionStorageProvider) && Equals(service.ServiceKey, serviceKey);
}
