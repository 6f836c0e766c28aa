using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SessionManager.Internal.Diagnostics;

namespace SessionManager.Internal.Sessions;

/// <summary>
/// Prepares the storage of every registration when the host starts, without holding up the start.
/// </summary>
internal sealed class StoragePreparationService(
    IServiceProvider services,
    IEnumerable<SessionRegistration> registrations,
    TimeProvider timeProvider) : BackgroundService
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromMinutes(1);

    private readonly ILogger _logger = services.GetSessionManagerLogger();

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(
        registrations
            .Select(registration => services.GetRequiredKeyedService<SessionStorageProvider>(registration.ServiceKey).DefaultStorage)
            .Select(storage => PrepareAsync(storage, stoppingToken)));

    private async Task PrepareAsync(SessionStorage storage, CancellationToken stoppingToken)
    {
        for (var delay = FirstDelay; !stoppingToken.IsCancellationRequested;)
        {
            try
            {
                await storage.PrepareAsync(stoppingToken).ConfigureAwait(false);
                return;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception) when (exception is not OutOfMemoryException)
            {
                // A storage may throw anything, and no operation rests on its preparation: the host must not end for it.
                _logger.IndexesDelayed(storage.Name, exception.GetType().Name, delay);
            }

            await Task.Delay(delay, timeProvider, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            delay = delay * 2 < LongestDelay ? delay * 2 : LongestDelay;
        }
    }
}
