using Microsoft.Extensions.Diagnostics.HealthChecks;
using SessionManager;
using SessionManager.Internal.Diagnostics;

namespace Microsoft.Extensions.DependencyInjection;

public static partial class SessionManagerBuilderExtensions
{
    /// <summary>
    /// Adds a health check that asks the storage of the registration for an answer, through the client that sessions use.
    /// </summary>
    /// <typeparam name="TBuilder">The type of the builder.</typeparam>
    /// <param name="builder">The registration.</param>
    /// <param name="name">
    /// The name of the check, or null for <c>SessionManager</c>, with the service key after a colon where there is one.
    /// </param>
    /// <param name="failureStatus">What is reported when there is no answer, or null for <see cref="HealthStatus.Unhealthy"/>.</param>
    /// <param name="tags">The tags that endpoints select checks by, or null for none.</param>
    /// <param name="timeout">How long to wait for the answer, or null for as long as the client's own time-outs say.</param>
    /// <returns>The builder.</returns>
    /// <remarks>
    /// MongoDB is sent one <c>ping</c>; sessions in memory are always healthy; any other storage answers by
    /// <see cref="SessionStorage.PingAsync"/>. What it reports holds the exception, and in its description neither an address
    /// nor a secret. Adding it again under the same name changes nothing; a second name adds a second check.
    /// </remarks>
    /// <exception cref="ArgumentNullException"><paramref name="builder"/> is null.</exception>
    /// <exception cref="ArgumentException">The name is blank.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The timeout is not positive.</exception>
    public static TBuilder AddHealthCheck<TBuilder>(
        this TBuilder builder,
        string? name = null,
        HealthStatus? failureStatus = null,
        IEnumerable<string>? tags = null,
        TimeSpan? timeout = null)
        where TBuilder : ISessionManagerBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);
        var serviceKey = builder.ServiceKey;
        name ??= serviceKey is null ? Log.Category : $"{Log.Category}:{serviceKey}";
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        if (timeout is { } value)
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value, TimeSpan.Zero, nameof(timeout));
        }

        var registration = new HealthRegistration(serviceKey, name);
        if (!builder.Services.Any(service => registration.Equals(service.ImplementationInstance)))
        {
            builder.Services.AddSingleton(registration);
            builder.Services.AddHealthChecks().Add(
                new HealthCheckRegistration(name, provider => new SessionHealthCheck(provider, serviceKey), failureStatus, tags, timeout));
        }

        return builder;
    }
}
