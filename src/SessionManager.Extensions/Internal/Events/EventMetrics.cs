using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using SessionManager.Internal.Diagnostics;

namespace SessionManager.Internal.Events;

/// <summary>
/// The metrics of event delivery, by sink.
/// </summary>
internal sealed class EventMetrics : SessionMetrics
{
    private const string SinkTag = "sink";

    private readonly Counter<long> _delivered;
    private readonly Counter<long> _failed;
    private readonly Counter<long> _dropped;
    private readonly Counter<long> _retried;
    private ImmutableArray<EventQueue> _queues = [];

    public EventMetrics(IMeterFactory? meterFactory = null)
        : base(meterFactory)
    {
        _delivered = Meter.CreateCounter<long>("sessionmanager.events.delivered", "{event}", "Events that their sink has taken.");
        _failed = Meter.CreateCounter<long>("sessionmanager.events.failed", "{event}", "Events given up after their last attempt.");
        _dropped = Meter.CreateCounter<long>("sessionmanager.events.dropped", "{event}", "Events dropped because the queue was full or the host stopped.");
        _retried = Meter.CreateCounter<long>("sessionmanager.events.retried", "{attempt}", "Failed attempts that are followed by another one.");
        Meter.CreateObservableGauge("sessionmanager.events.queued", Observe, "{event}", "Events that wait for delivery.");
    }

    public void Add(EventQueue queue) => ImmutableInterlocked.Update(ref _queues, static (queues, added) => queues.Add(added), queue);

    public void Delivered(string sink) => _delivered.Add(1, KeyValuePair.Create<string, object?>(SinkTag, sink));

    public void Failed(string sink) => _failed.Add(1, KeyValuePair.Create<string, object?>(SinkTag, sink));

    public void Dropped(string sink, long count) => _dropped.Add(count, KeyValuePair.Create<string, object?>(SinkTag, sink));

    public void Retried(string sink) => _retried.Add(1, KeyValuePair.Create<string, object?>(SinkTag, sink));

    private IEnumerable<Measurement<long>> Observe() =>
        _queues.Select(queue => new Measurement<long>(queue.Count, KeyValuePair.Create<string, object?>(SinkTag, queue.Sink)));
}
