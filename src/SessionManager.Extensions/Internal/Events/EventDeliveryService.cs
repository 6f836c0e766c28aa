using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using SessionManager.Internal.Diagnostics;

namespace SessionManager.Internal.Events;

/// <summary>
/// Runs the workers of one queue, and empties it before the host ends.
/// </summary>
/// <remarks>
/// What depends on options is made at the start. The host creates this before it validates the options, and shall tell
/// all their faults and not the first one.
/// </remarks>
internal sealed class EventDeliveryService(string name, Func<IServiceProvider, ISessionEventSink> getSink, IServiceProvider services) : IHostedLifecycleService, IDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private EventQueue? _queue;
    private Task<long[]>? _running;

    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        var worker = new EventWorker(
            name,
            getSink,
            services.GetRequiredService<IServiceScopeFactory>(),
            services.GetRequiredService<IOptionsMonitor<SessionEventDeliveryOptions>>().Get(name),
            services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<EventMetrics>(),
            services.GetSessionManagerLogger());
        _queue = services.GetRequiredKeyedService<EventQueue>(name);
        _running = Task.WhenAll(_queue.Readers.Select(reader => worker.RunAsync(reader, _stopping.Token)));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>
    /// Delivers what is queued, as long as the host lets it.
    /// </summary>
    /// <remarks>Not before all services have stopped: they may have caused events until then.</remarks>
    public async Task StoppedAsync(CancellationToken cancellationToken)
    {
        if (_queue is null || _running is null)
        {
            return;
        }

        _queue.Complete();
        using (cancellationToken.UnsafeRegister(static stopping => ((CancellationTokenSource)stopping!).Cancel(), _stopping))
        {
            var leftCount = (await _running.ConfigureAwait(false)).Sum();
            if (leftCount > 0)
            {
                services.GetRequiredService<EventMetrics>().Dropped(name, leftCount);
                services.GetSessionManagerLogger().EventsDroppedAtStop(name, leftCount);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // For a host that is not stopped but disposed.
        _queue?.Complete();
        _stopping.Cancel();
        _stopping.Dispose();
    }
}
