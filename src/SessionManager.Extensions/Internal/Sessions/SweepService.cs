using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SessionManager.Internal.Diagnostics;

namespace SessionManager.Internal.Sessions;

/// <summary>
/// Deletes from time to time what is left of deleted sessions, in the storages of every registration.
/// </summary>
internal sealed class SweepService(
    IServiceProvider services,
    IEnumerable<SessionRegistration> registrations,
    TimeProvider timeProvider) : BackgroundService
{
    // Not all processes that start together at once, and not while they start.
    private static readonly TimeSpan LongestFirstDelay = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Period = TimeSpan.FromHours(1);

    private readonly ILogger _logger = services.GetSessionManagerLogger();

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var delay = TimeSpan.FromMinutes(1) + (Random.Shared.NextDouble() * LongestFirstDelay);
        while (true)
        {
            await Task.Delay(delay, timeProvider, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stoppingToken.IsCancellationRequested)
            {
                return;
            }

            foreach (var registration in registrations)
            {
                await SweepAsync(services.GetRequiredKeyedService<SessionStorageProvider>(registration.ServiceKey), stoppingToken).ConfigureAwait(false);
            }

            delay = Period;
        }
    }

    private async Task SweepAsync(SessionStorageProvider storages, CancellationToken stoppingToken)
    {
        try
        {
            var count = await storages.SweepAsync(stoppingToken).ConfigureAwait(false);
            if (count > 0)
            {
                _logger.SessionsSwept(storages.DefaultStorage.Name, count);
            }
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // Nothing rests on it, and the next time comes.
            _logger.SweepFailed(storages.DefaultStorage.Name, e.GetType().Name);
        }
    }
}
