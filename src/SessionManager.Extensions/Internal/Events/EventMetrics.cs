using System.Collections.Immutable;
using System.Diagnostics.Metrics;

namespace SessionManager.Internal.Events;

/// <summary>
/// The metrics of event delivery, by sink.
/// </summary>
internal sealed class EventMetrics : IDisposable
{
    public const string MeterName = "SessionManager";

    private const string SinkTag = "sink";

    private readonly Meter? _ownMeter;
    private readonly Counter<long> _delivered;
    private readonly Counter<long> _failed;
    private readonly Counter<long> _dropped;
    private readonly Counter<long> _retried;
    private ImmutableArray<EventQueue> _queues = [];

    public EventMetrics(IMeterFactory? meterFactory = null)
    {
        var meter = meterFactory?.Create(MeterName) ?? (_ownMeter = new Meter(MeterName));
        _delivered = meter.CreateCounter<long>("sessionmanager.events.delivered", "{event}", "Events that their sink has taken.");
        _failed = meter.CreateCounter<long>("sessionmanager.events.failed", "{event}", "Events given up after their last attempt.");
        _dropped = meter.CreateCounter<long>("sessionmanager.events.dropped", "{event}", "Events dropped because the queue was full or the host stopped.");
        _retried = meter.CreateCounter<long>("sessionmanager.events.retried", "{attempt}", "Failed attempts that are followed by another one.");
        meter.CreateObservableGauge("sessionmanager.events.queued", Observe, "{event}", "Events that wait for delivery.");
    }

    public void Add(EventQueue queue) => ImmutableInterlocked.Update(ref _queues, static (queues, added) => queues.Add(added), queue);

    public void Delivered(string sink) => _delivered.Add(1, KeyValuePair.Create<string, object?>(SinkTag, sink));

    public void Failed(string sink) => _failed.Add(1, KeyValuePair.Create<string, object?>(SinkTag, sink));

    public void Dropped(string sink, long count) => _dropped.Add(count, KeyValuePair.Create<string, object?>(SinkTag, sink));

    public void Retried(string sink) => _retried.Add(1, KeyValuePair.Create<string, object?>(SinkTag, sink));

    /// <inheritdoc/>
    public void Dispose() => _ownMeter?.Dispose();

    private IEnumerable<Measurement<long>> Observe() =>
        _queues.Select(queue => new Measurement<long>(queue.Count, KeyValuePair.Create<string, object?>(SinkTag, queue.Sink)));
}
