using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace SessionManager.Internal.Diagnostics;

/// <summary>
/// Tells whether sessions of one registration can be reached now.
/// </summary>
internal sealed class SessionHealthCheck(IServiceProvider services, string? serviceKey) : IHealthCheck
{
    /// <inheritdoc/>
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            // Resolved here, because what a registration's factory throws takes the whole report down.
            await services.GetRequiredKeyedService<SessionStorageProvider>(serviceKey).DefaultStorage.PingAsync(cancellationToken).ConfigureAwait(false);
            return HealthCheckResult.Healthy();
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // The driver's own message names servers and their replica set, and a description is what endpoints print.
            return new HealthCheckResult(context.Registration.FailureStatus, $"Sessions cannot be reached ({exception.GetType().Name}).", exception);
        }
    }
}
