using System.Threading.Channels;

namespace SessionManager.Internal.Events;

/// <summary>
/// Records attempts, and does with each what the test says.
/// </summary>
internal sealed class RecordingSink : ISessionEventSink
{
    private readonly Channel<SessionEvent> _attempts = Channel.CreateUnbounded<SessionEvent>();
    private readonly Lock _lock = new();
    private readonly List<SessionEvent> _delivered = [];
    private int _attemptCount;

    /// <summary>
    /// What to do with an attempt, counted from 1 over all events.
    /// </summary>
    public Func<SessionEvent, int, CancellationToken, Task> Behaviour { get; set; } = (_, _, _) => Task.CompletedTask;

    public IReadOnlyList<SessionEvent> Delivered
    {
        get
        {
            lock (_lock)
            {
                return [.. _delivered];
            }
        }
    }

    public int AttemptCount => _attemptCount;

    /// <summary>
    /// Waits for the next attempt to begin.
    /// </summary>
    public ValueTask<SessionEvent> NextAttemptAsync() => _attempts.Reader.ReadAsync(TestContext.Current.CancellationToken);

    public async ValueTask DeliverAsync(SessionEvent sessionEvent, CancellationToken cancellationToken)
    {
        var number = Interlocked.Increment(ref _attemptCount);
        _attempts.Writer.TryWrite(sessionEvent);
        await Behaviour(sessionEvent, number, cancellationToken);
        lock (_lock)
        {
            _delivered.Add(sessionEvent);
        }
    }
}
