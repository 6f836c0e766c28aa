using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SessionManager.Internal.Diagnostics;

namespace SessionManager.Internal.Events;

/// <summary>
/// Takes events from a queue to their sink, one after another and each until it is delivered or given up.
/// </summary>
internal sealed class EventWorker(
    string sinkName,
    Func<IServiceProvider, ISessionEventSink> getSink,
    IServiceScopeFactory scopes,
    SessionEventDeliveryOptions options,
    TimeProvider timeProvider,
    EventMetrics metrics,
    ILogger logger)
{
    /// <summary>
    /// Delivers until the queue has ended and is empty.
    /// </summary>
    /// <param name="reader">The queue.</param>
    /// <param name="stoppingToken">Ends the attempts; what is still queued is only counted.</param>
    /// <returns>The number of events that were not delivered because of that.</returns>
    public async Task<long> RunAsync(ChannelReader<SessionEvent> reader, CancellationToken stoppingToken)
    {
        var leftCount = 0L;
        // Never cancelled: what is left when the host stops is still counted.
        await foreach (var sessionEvent in reader.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
        {
            if (stoppingToken.IsCancellationRequested || !await TryDeliverAsync(sessionEvent, stoppingToken).ConfigureAwait(false))
            {
                leftCount++;
            }
        }

        return leftCount;
    }

    /// <returns>False when the host's time to stop was over before.</returns>
    private async Task<bool> TryDeliverAsync(SessionEvent sessionEvent, CancellationToken stoppingToken)
    {
        for (var attempt = 1; !stoppingToken.IsCancellationRequested; attempt++)
        {
            var exception = await AttemptAsync(sessionEvent, stoppingToken).ConfigureAwait(false);
            if (exception is null)
            {
                metrics.Delivered(sinkName);
                logger.EventDelivered(sinkName, sessionEvent.Id, sessionEvent.Kind, sessionEvent.SessionId, attempt);
                return true;
            }

            if (stoppingToken.IsCancellationRequested)
            {
                return false;
            }

            var known = exception as SessionEventDeliveryException;
            var reason = known?.Message ?? exception.GetType().Name;
            if (attempt == options.MaxAttempts || known is { IsTransient: false })
            {
                metrics.Failed(sinkName);
                logger.EventFailed(sinkName, sessionEvent.Id, sessionEvent.Kind, sessionEvent.SessionId, attempt, reason);
                return true;
            }

            var delay = GetDelay(attempt, known?.RetryAfter);
            metrics.Retried(sinkName);
            logger.EventRetried(sinkName, sessionEvent.Id, sessionEvent.Kind, sessionEvent.SessionId, attempt, reason, delay);
            await Task.Delay(delay, timeProvider, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return false;
    }

    /// <returns>What went wrong, or null.</returns>
    private async Task<Exception?> AttemptAsync(SessionEvent sessionEvent, CancellationToken stoppingToken)
    {
        using var timeout = new CancellationTokenSource(options.AttemptTimeout, timeProvider);
        using var attempt = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, stoppingToken);
        try
        {
            var scope = scopes.CreateAsyncScope();
            await using (scope.ConfigureAwait(false))
            {
                // A sink that does not heed its token is left alone: it must hold up neither the others nor the host.
                await getSink(scope.ServiceProvider).DeliverAsync(sessionEvent, attempt.Token).AsTask().WaitAsync(attempt.Token).ConfigureAwait(false);
            }

            return null;
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            return new SessionEventDeliveryException($"no answer within {options.AttemptTimeout}", isTransient: true);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // Whatever a sink throws, the events behind this one are to be delivered.
            return exception;
        }
    }

    private TimeSpan GetDelay(int attempt, TimeSpan? retryAfter)
    {
        var longest = options.LongestRetryDelay;
        var doubled = Math.Min(options.FirstRetryDelay.Ticks * Math.Pow(2, attempt - 1), longest.Ticks);
        // Half of it by chance, so that many processes do not try at the same moment. A time that the receiver asks for is
        // kept, up to the longest delay.
        var delay = TimeSpan.FromTicks((long)(doubled * (1 - (Random.Shared.NextDouble() / 2))));
        return retryAfter is null || retryAfter < delay ? delay : retryAfter < longest ? retryAfter.Value : longest;
    }
}
