using Microsoft.Extensions.DependencyInjection;
using SessionManager.Internal.Sessions;

namespace SessionManager;

/// <summary>
/// Registers the session manager over a repository that needs no server.
/// </summary>
internal static class FakeSessionRegistration
{
    public static ISessionManagerBuilder AddFakeSessionManager(this IServiceCollection services, FakeSessionRepository repository, string? serviceKey = null)
    {
        services.AddKeyedSingleton<ISessionRepositoryProvider>(serviceKey, repository);
        services.AddSessionManagerCore(serviceKey);
        return new Builder(services, serviceKey);
    }

    public static ServiceProvider BuildStrictly(this IServiceCollection services) =>
        services.BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true });

    public static ISessionManager CreateSession(this IServiceProvider provider, string sessionId = "s1") =>
        provider.GetRequiredService<ISessionManagerFactory>().Create(sessionId);

    private sealed record Builder(IServiceCollection Services, string? ServiceKey) : ISessionManagerBuilder
    {
        public string Name => ServiceKey ?? "";
    }
}
