using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using SessionManager.Internal.Diagnostics;
using SessionManager.Internal.History;
using SessionManager.Internal.Hooks;

namespace SessionManager.Internal.Sessions;

/// <summary>
/// The services that every registration has, whatever it stores sessions in.
/// </summary>
internal static class SessionManagerServices
{
    /// <summary>
    /// Adds repository and factory over the <see cref="ISessionRepositoryProvider"/> of the same key.
    /// </summary>
    public static void AddSessionManagerCore(this IServiceCollection services, string? serviceKey)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<HistoryMetrics>();
        services.TryAddKeyedSingleton(serviceKey, static (provider, key) => provider.GetRequiredKeyedService<ISessionRepositoryProvider>(key).Repository);

        services.TryAddKeyedSingleton(serviceKey, static (provider, key) => new HookRegistration(provider, key));

        // Transient, so that it can be injected anywhere and belongs to the scope that it is injected from.
        services.TryAddKeyedTransient<ISessionManagerFactory>(serviceKey, static (provider, key) => new DefaultSessionManagerFactory(
            provider.GetRequiredKeyedService<ISessionRepositoryProvider>(key),
            provider.GetRequiredKeyedService<HookRegistration>(key),
            provider,
            provider.GetRequiredService<HistoryMetrics>(),
            provider.GetSessionManagerLogger()));
    }

    public static ILogger GetSessionManagerLogger(this IServiceProvider provider) =>
        (provider.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance).CreateLogger(Log.Category);
}
