using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using SessionManager;
using SessionManager.Internal.Diagnostics;
using SessionManager.Internal.Sessions;
using SessionManager.Internal.Storage.Mongo;
using SessionManager.Internal.Storage.Mongo.Client;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>
/// Adds persistent agent sessions to a service collection.
/// </summary>
/// <remarks>
/// <para>
/// Every overload adds <see cref="ISessionManagerFactory"/>, which can be injected into services of any lifetime, and
/// the singletons <see cref="SessionCatalog"/> and <see cref="SessionStorageProvider"/>. Calling one again adds its configuration to what is there.
/// </para>
/// <para>
/// An <see cref="MongoDB.Driver.IMongoClient"/> in the container is used and never disposed. Where there is none, a client is made from
/// the options and disposed with the container.
/// </para>
/// </remarks>
public static class MongoSessionManagerServiceCollectionExtensions
{
    /// <summary>
    /// Adds sessions, with options that are configured elsewhere.
    /// </summary>
    /// <param name="services">The services to add to.</param>
    /// <returns>A builder for further configuration.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="services"/> is null.</exception>
    public static MongoSessionManagerBuilder AddMongoSessionManager(this IServiceCollection services) =>
        Add(services, serviceKey: null, static _ => { });

    /// <summary>
    /// Adds sessions, with options set by a callback.
    /// </summary>
    /// <param name="services">The services to add to.</param>
    /// <param name="configure">Sets the options.</param>
    /// <returns>A builder for further configuration.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static MongoSessionManagerBuilder AddMongoSessionManager(this IServiceCollection services, Action<MongoSessionManagerOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        return Add(services, serviceKey: null, options => options.Configure(configure));
    }

    /// <summary>
    /// Adds sessions, with options set by a callback that can use other services.
    /// </summary>
    /// <param name="services">The services to add to.</param>
    /// <param name="configure">Sets the options.</param>
    /// <returns>A builder for further configuration.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static MongoSessionManagerBuilder AddMongoSessionManager(this IServiceCollection services, Action<MongoSessionManagerOptions, IServiceProvider> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        return Add(services, serviceKey: null, options => options.Configure(configure));
    }

    /// <summary>
    /// Adds sessions, with options bound from configuration.
    /// </summary>
    /// <param name="services">The services to add to.</param>
    /// <param name="configuration">The section that holds the options, such as <c>SessionManager</c>.</param>
    /// <returns>A builder for further configuration.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static MongoSessionManagerBuilder AddMongoSessionManager(this IServiceCollection services, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return Add(services, serviceKey: null, options => options.Bind(configuration));
    }

    /// <summary>
    /// Adds sessions under a service key, with options that are configured elsewhere under that name.
    /// </summary>
    /// <param name="services">The services to add to.</param>
    /// <param name="serviceKey">The key of the services and the name of their options.</param>
    /// <returns>A builder for further configuration.</returns>
    /// <exception cref="ArgumentException">An argument is null, or the key is blank.</exception>
    public static MongoSessionManagerBuilder AddKeyedMongoSessionManager(this IServiceCollection services, string serviceKey) =>
        AddKeyed(services, serviceKey, static _ => { });

    /// <summary>
    /// Adds sessions under a service key, with options set by a callback.
    /// </summary>
    /// <param name="services">The services to add to.</param>
    /// <param name="serviceKey">The key of the services and the name of their options.</param>
    /// <param name="configure">Sets the options.</param>
    /// <returns>A builder for further configuration.</returns>
    /// <exception cref="ArgumentException">An argument is null, or the key is blank.</exception>
    public static MongoSessionManagerBuilder AddKeyedMongoSessionManager(this IServiceCollection services, string serviceKey, Action<MongoSessionManagerOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        return AddKeyed(services, serviceKey, options => options.Configure(configure));
    }

    /// <summary>
    /// Adds sessions under a service key, with options set by a callback that can use other services.
    /// </summary>
    /// <param name="services">The services to add to.</param>
    /// <param name="serviceKey">The key of the services and the name of their options.</param>
    /// <param name="configure">Sets the options.</param>
    /// <returns>A builder for further configuration.</returns>
    /// <exception cref="ArgumentException">An argument is null, or the key is blank.</exception>
    public static MongoSessionManagerBuilder AddKeyedMongoSessionManager(
        this IServiceCollection services,
        string serviceKey,
        Action<MongoSessionManagerOptions, IServiceProvider> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        return AddKeyed(services, serviceKey, options => options.Configure(configure));
    }

    /// <summary>
    /// Adds sessions under a service key, with options bound from configuration.
    /// </summary>
    /// <param name="services">The services to add to.</param>
    /// <param name="serviceKey">The key of the services and the name of their options.</param>
    /// <param name="configuration">The section that holds the options.</param>
    /// <returns>A builder for further configuration.</returns>
    /// <exception cref="ArgumentException">An argument is null, or the key is blank.</exception>
    public static MongoSessionManagerBuilder AddKeyedMongoSessionManager(this IServiceCollection services, string serviceKey, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return AddKeyed(services, serviceKey, options => options.Bind(configuration));
    }

    private static MongoSessionManagerBuilder AddKeyed(IServiceCollection services, string serviceKey, Action<OptionsBuilder<MongoSessionManagerOptions>> configure)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(serviceKey);
        return Add(services, serviceKey, configure);
    }

    private static MongoSessionManagerBuilder Add(IServiceCollection services, string? serviceKey, Action<OptionsBuilder<MongoSessionManagerOptions>> configure)
    {
        ArgumentNullException.ThrowIfNull(services);

        var builder = new MongoSessionManagerBuilder(services, serviceKey);
        configure(services.AddOptionsWithValidateOnStart<MongoSessionManagerOptions, MongoSessionManagerOptionsValidator>(builder.Name));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<MongoSessionManagerOptions>, MongoSessionManagerOptionsCustomValidator>());

        services.TryAddKeyedSingleton(serviceKey, static (provider, key) => MongoClientSource.Create(provider, key, GetOptions(provider, key)));

        // What has been put in its place, or around it, stays.
        if (!services.HasStorage(serviceKey))
        {
            services.AddStorage(serviceKey, CreateStorages);
        }

        return builder;
    }

    private static SessionStorageProvider CreateStorages(IServiceProvider provider, object? key)
    {
        var source = provider.GetRequiredKeyedService<MongoClientSource>(key);
        var storages = new MongoSessionStorageProvider(
            source.Client, GetOptions(provider, key), provider.GetRequiredService<TimeProvider>(), provider.GetSessionManagerLogger());
        return source.IsOwned ? new DecoratedStorageProvider(storages, storage => new OwnedClientStorage(storage, source)) : storages;
    }

    private static MongoSessionManagerOptions GetOptions(IServiceProvider provider, object? key) =>
        provider.GetRequiredService<IOptionsMonitor<MongoSessionManagerOptions>>().Get(key as string);
}
