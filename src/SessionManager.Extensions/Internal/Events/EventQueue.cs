using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using SessionManager.Internal.Diagnostics;

namespace SessionManager.Internal.Events;

/// <summary>
/// The events that wait for one sink: a bounded queue for each worker, and the events of a session always in the same one.
/// </summary>
internal sealed class EventQueue
{
    private static readonly TimeSpan LogInterval = TimeSpan.FromSeconds(10);

    private readonly Channel<SessionEvent>[] _parts;
    private readonly bool _waits;
    private readonly TimeProvider _timeProvider;
    private readonly EventMetrics _metrics;
    private readonly ILogger _logger;
    private long _droppedCount;
    private long _lastLogged;

    public EventQueue(string sink, SessionEventDeliveryOptions options, TimeProvider timeProvider, EventMetrics metrics, ILogger logger)
    {
        Sink = sink;
        _waits = options.FullMode == SessionEventQueueFullMode.Wait;
        _timeProvider = timeProvider;
        _metrics = metrics;
        _logger = logger;

        // Never more than the capacity in all: fewer workers where there is not a place for each.
        var count = Math.Min(options.Workers, options.Capacity);
        var part = new BoundedChannelOptions(options.Capacity / count) { SingleReader = true };
        _parts = [.. Enumerable.Range(0, count).Select(_ => Channel.CreateBounded<SessionEvent>(part))];
        metrics.Add(this);
    }

    /// <summary>
    /// Gets the name of the sink, for logs and metrics.
    /// </summary>
    public string Sink { get; }

    public int Count => _parts.Sum(part => part.Reader.Count);

    public IEnumerable<ChannelReader<SessionEvent>> Readers => _parts.Select(part => part.Reader);

    /// <summary>
    /// Adds an event, or drops it where there is no room.
    /// </summary>
    /// <exception cref="OperationCanceledException">The wait for room was cancelled.</exception>
    public ValueTask AddAsync(SessionEvent sessionEvent, CancellationToken cancellationToken)
    {
        // The events of a session stay in order: one worker has them all.
        var part = (uint)sessionEvent.SessionId.GetHashCode(StringComparison.Ordinal) % (uint)_parts.Length;
        var writer = _parts[part].Writer;
        if (writer.TryWrite(sessionEvent))
        {
            return ValueTask.CompletedTask;
        }

        if (_waits)
        {
            return WaitAndAddAsync(writer, sessionEvent, cancellationToken);
        }

        Drop("the queue is full or has ended");
        return ValueTask.CompletedTask;
    }

    /// <summary>
    /// Accepts no more events.
    /// </summary>
    public void Complete()
    {
        foreach (var part in _parts)
        {
            part.Writer.TryComplete();
        }

        LogDropped("the queue was full");
    }

    private async ValueTask WaitAndAddAsync(ChannelWriter<SessionEvent> writer, SessionEvent sessionEvent, CancellationToken cancellationToken)
    {
        try
        {
            await writer.WriteAsync(sessionEvent, cancellationToken).ConfigureAwait(false);
        }
        catch (ChannelClosedException)
        {
            Drop("the queue has ended");
        }
        catch (OperationCanceledException)
        {
            Drop("the wait for room was cancelled");
            throw;
        }
    }

    private void Drop(string reason)
    {
        _metrics.Dropped(Sink, 1);
        Interlocked.Increment(ref _droppedCount);

        // Events are dropped by the thousand or not at all. Two threads may both log: the counts still add up.
        var now = _timeProvider.GetTimestamp();
        var last = Interlocked.Read(ref _lastLogged);
        if (last == 0 || _timeProvider.GetElapsedTime(last, now) >= LogInterval)
        {
            Interlocked.Exchange(ref _lastLogged, now);
            LogDropped(reason);
        }
    }

    private void LogDropped(string reason)
    {
        if (Interlocked.Exchange(ref _droppedCount, 0) is > 0 and var count)
        {
            _logger.EventsDropped(Sink, count, reason);
        }
    }
}
