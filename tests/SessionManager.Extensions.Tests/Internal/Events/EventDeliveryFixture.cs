using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using SessionManager.Internal.Diagnostics;

namespace SessionManager.Internal.Events;

/// <summary>
/// A running host with a session manager, a fake clock and a sink.
/// </summary>
internal sealed class EventDeliveryFixture : IAsyncDisposable
{
    private readonly IHost _host;

    private EventDeliveryFixture(IHost host)
    {
        _host = host;
        Session = host.Services.CreateSession();
    }

    public FakeSessionStorage Storage { get; private init; } = null!;

    public RecordingSink Sink { get; private init; } = null!;

    public TimerWatchingTimeProvider Time { get; private init; } = null!;

    public FakeLogCollector Logs { get; private init; } = null!;

    public ISessionManager Session { get; }

    public IServiceProvider Services => _host.Services;

    public static async Task<EventDeliveryFixture> StartAsync(
        Action<SessionEventDeliveryOptions>? configure = null,
        Action<ISessionManagerBuilder>? before = null,
        Action<ISessionManagerBuilder>? after = null)
    {
        var (storage, sink, time, logs) = (new FakeSessionStorage(), new RecordingSink(), new TimerWatchingTimeProvider(), new FakeLogCollector());
        var host = Host.CreateEmptyApplicationBuilder(null);
        host.ConfigureContainer(new DefaultServiceProviderFactory(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true }));
        host.Logging.SetMinimumLevel(LogLevel.Trace).AddProvider(new FakeLoggerProvider(logs));
        host.Services.AddSingleton<TimeProvider>(time).AddSingleton(sink);
        var builder = host.Services.AddFakeSessionManager(storage);
        before?.Invoke(builder);
        builder.AddEventDelivery<RecordingSink>(configure);
        after?.Invoke(builder);
        var built = host.Build();
        await built.StartAsync(TestContext.Current.CancellationToken);
        return new EventDeliveryFixture(built) { Storage = storage, Sink = sink, Time = time, Logs = logs };
    }

    public MetricCollector<long> Collect(string instrument) =>
        new(Services.GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>(), SessionMetrics.MeterName, instrument);

    public IEnumerable<string> GetLogs(int eventId) => Logs.GetSnapshot().Where(log => log.Id.Id == eventId).Select(log => log.Message);

    public Task SetAsync(string key, object? value) =>
        Session.UpdateMetadataAsync(new Dictionary<string, object?> { [key] = value }, TestContext.Current.CancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => _host.StopAsync(cancellationToken);

    /// <summary>
    /// Stops the host, by which everything is delivered that will be.
    /// </summary>
    public async Task<IReadOnlyList<SessionEvent>> FinishAsync()
    {
        await StopAsync(TestContext.Current.CancellationToken);
        return Sink.Delivered;
    }

    public async ValueTask DisposeAsync()
    {
        await Session.DisposeAsync();
        _host.Dispose();
    }
}
