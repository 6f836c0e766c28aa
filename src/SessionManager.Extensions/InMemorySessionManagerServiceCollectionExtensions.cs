using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using SessionManager;
using SessionManager.Internal.Sessions;
using SessionManager.Internal.Storage.InMemory;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>
/// Adds agent sessions that live in memory to a service collection, for unit tests and for a first try.
/// </summary>
/// <remarks>
/// <para>
/// Sessions behave as they do in a database and end with the container. Nothing limits the memory that they take but
/// <see cref="InMemorySessionManagerOptions.SessionTtl"/>.
/// </para>
/// <para>
/// Each overload takes the place of what else stores sessions under the same key, so that a test can call it after the
/// application's own registration. Hooks stay, and what the other registration validates at host start is still
/// validated. Calling one again adds its configuration to what is there.
/// </para>
/// <para>
/// The database and collection names of <see cref="SessionManagerOptions"/> select separate sessions, which begin
/// empty.
/// </para>
/// </remarks>
public static class InMemorySessionManagerServiceCollectionExtensions
{
    /// <summary>
    /// Adds sessions in memory.
    /// </summary>
    /// <param name="services">The services to add to.</param>
    /// <param name="configure">Sets the options, or null.</param>
    /// <returns>A builder for further configuration.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="services"/> is null.</exception>
    public static ISessionManagerBuilder AddInMemorySessionManager(
        this IServiceCollection services,
        Action<InMemorySessionManagerOptions>? configure = null) => Add(services, serviceKey: null, configure);

    /// <summary>
    /// Adds sessions in memory under a service key.
    /// </summary>
    /// <param name="services">The services to add to.</param>
    /// <param name="serviceKey">The key of the services and the name of their options.</param>
    /// <param name="configure">Sets the options, or null.</param>
    /// <returns>A builder for further configuration.</returns>
    /// <exception cref="ArgumentException"><paramref name="services"/> is null, or the key is blank.</exception>
    public static ISessionManagerBuilder AddKeyedInMemorySessionManager(
        this IServiceCollection services,
        string serviceKey,
        Action<InMemorySessionManagerOptions>? configure = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(serviceKey);
        return Add(services, serviceKey, configure);
    }

    private static SessionManagerBuilder Add(IServiceCollection services, string? serviceKey, Action<InMemorySessionManagerOptions>? configure)
    {
        ArgumentNullException.ThrowIfNull(services);

        var builder = new SessionManagerBuilder(services, serviceKey);
        var options = services.AddOptionsWithValidateOnStart<InMemorySessionManagerOptions>(builder.Name);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<InMemorySessionManagerOptions>, InMemorySessionManagerOptionsValidator>());
        if (configure is not null)
        {
            options.Configure(configure);
        }

        services.AddStorage(serviceKey, static (provider, key) => new InMemorySessionStorageProvider(
            provider.GetRequiredService<IOptionsMonitor<InMemorySessionManagerOptions>>().Get(key as string),
            provider.GetRequiredService<TimeProvider>()));
        return builder;
    }
}
