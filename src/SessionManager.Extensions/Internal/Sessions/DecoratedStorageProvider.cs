using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;

namespace SessionManager.Internal.Sessions;

/// <summary>
/// Gives out the storages of another provider with one around each.
/// </summary>
internal sealed class DecoratedStorageProvider(SessionStorageProvider inner, Func<SessionStorage, SessionStorage> decorate) : SessionStorageProvider
{
    // One for each place, as long as that has its own.
    private readonly ConditionalWeakTable<SessionStorage, SessionStorage> _decorated = [];

    /// <inheritdoc/>
    public override SessionStorage DefaultStorage => field ??= Decorate(inner.DefaultStorage);

    /// <inheritdoc/>
    public override string? ApplicationName => inner.ApplicationName;

    /// <inheritdoc/>
    public override TimeSpan RunTerm => inner.RunTerm;

    /// <inheritdoc/>
    public override Task<int> SweepAsync(CancellationToken cancellationToken = default) => inner.SweepAsync(cancellationToken);

    /// <summary>
    /// Puts such a provider in the place of the one that is registered.
    /// </summary>
    public static void Add(IServiceCollection services, string? serviceKey, Func<SessionStorage, SessionStorage> decorate)
    {
        var registered = services.FindStorage(serviceKey)
            ?? throw new InvalidOperationException("No storage is registered that another one could be put around. Register it first, as by AddMongoSessionManager.");

        // The container goes on owning what it makes: under a key that nothing else has.
        var innerKey = new object();
        services.Remove(registered);
        services.Add(Move(registered, innerKey));
        services.AddKeyedSingleton<SessionStorageProvider>(
            serviceKey, (provider, _) => new DecoratedStorageProvider(provider.GetRequiredKeyedService<SessionStorageProvider>(innerKey), decorate));
    }

    /// <inheritdoc/>
    public override SessionStorage GetStorage(SessionManagerOptions options) => Decorate(inner.GetStorage(options));

    private static ServiceDescriptor Move(ServiceDescriptor service, object key)
    {
        var isKeyed = service.IsKeyedService;
        if ((isKeyed ? service.KeyedImplementationInstance : service.ImplementationInstance) is { } instance)
        {
            return new ServiceDescriptor(typeof(SessionStorageProvider), key, instance);
        }

        if ((isKeyed ? service.KeyedImplementationType : service.ImplementationType) is { } type)
        {
            return new ServiceDescriptor(typeof(SessionStorageProvider), key, type, service.Lifetime);
        }

        Func<IServiceProvider, object?, object> create = isKeyed
            ? (provider, _) => service.KeyedImplementationFactory!(provider, service.ServiceKey)
            : (provider, _) => service.ImplementationFactory!(provider);
        return new ServiceDescriptor(typeof(SessionStorageProvider), key, create, service.Lifetime);
    }

    private SessionStorage Decorate(SessionStorage storage) => _decorated.GetValue(
        storage,
        inner => decorate(inner) ?? throw new InvalidOperationException("DecorateStorage made no storage: its callback returned null."));
}
