using SessionManager;
using SessionManager.Internal.Diagnostics;
using SessionManager.Internal.Hooks;

namespace Microsoft.Extensions.DependencyInjection;

public static partial class SessionManagerBuilderExtensions
{
    /// <summary>
    /// Adds a log of every operation on metadata and every addition of feedback, at level Information: what was done, to
    /// which session and fields, how long it took, and whether it was done, vetoed or failed. Values and comments are
    /// never logged.
    /// </summary>
    /// <param name="builder">The registration.</param>
    /// <returns>The builder.</returns>
    /// <remarks>
    /// The category is <c>SessionManager</c>, and the event ids are 60 to 63. It sees what the hooks that are added after
    /// it veto or refuse; so add it first. Adding it again changes nothing.
    /// </remarks>
    /// <exception cref="ArgumentNullException"><paramref name="builder"/> is null.</exception>
    public static ISessionManagerBuilder AddAuditLogging(this ISessionManagerBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        if (builder.Services.Any(service => service.ServiceType == typeof(AuditHook) && Equals(service.ServiceKey, builder.ServiceKey)))
        {
            return builder;
        }

        var serviceKey = builder.ServiceKey;
        builder.Services.AddKeyedSingleton(serviceKey, static (provider, _) =>
            new AuditHook(provider.GetSessionManagerLogger(), provider.GetRequiredService<TimeProvider>()));
        builder.AddMetadataHook(provider => provider.GetRequiredKeyedService<AuditHook>(serviceKey), ServiceLifetime.Singleton);
        return builder.AddFeedbackHook(provider => provider.GetRequiredKeyedService<AuditHook>(serviceKey), ServiceLifetime.Singleton);
    }
}
