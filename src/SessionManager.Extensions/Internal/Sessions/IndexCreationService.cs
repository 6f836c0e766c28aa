using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SessionManager.Internal.Diagnostics;
using SessionManager.Internal.Storage.Mongo;

namespace SessionManager.Internal.Sessions;

/// <summary>
/// Creates the indexes of every registration when the host starts, without holding up the start.
/// </summary>
internal sealed class IndexCreationService(
    IServiceProvider services,
    IEnumerable<SessionRegistration> registrations,
    TimeProvider timeProvider,
    ILoggerFactory? loggerFactory = null) : BackgroundService
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromMinutes(1);

    private readonly ILogger? _logger = loggerFactory?.CreateLogger(Log.Category);

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(
        registrations
            .Select(registration => services.GetRequiredKeyedService<ISessionRepositoryProvider>(registration.ServiceKey))
            .OfType<MongoSessionStorage>()
            .Select(storage => storage.Repository.Indexes)
            .OfType<SessionIndexes>()
            .Select(indexes => CreateAsync(indexes, stoppingToken)));

    private async Task CreateAsync(SessionIndexes indexes, CancellationToken stoppingToken)
    {
        for (var delay = FirstDelay; !stoppingToken.IsCancellationRequested;)
        {
            try
            {
                await indexes.EnsureAsync(stoppingToken).ConfigureAwait(false);
                return;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception) when (exception is MongoDB.Driver.MongoException or TimeoutException)
            {
                _logger?.IndexesDelayed(indexes.CollectionNamespace, exception.GetType().Name, delay);
            }

            await Task.Delay(delay, timeProvider, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            delay = delay * 2 < LongestDelay ? delay * 2 : LongestDelay;
        }
    }
}
