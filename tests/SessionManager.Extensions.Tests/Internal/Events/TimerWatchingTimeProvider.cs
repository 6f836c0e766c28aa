using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;

namespace SessionManager.Internal.Events;

/// <summary>
/// Tells the waits that begin, so that a test moves the time neither too early nor by guess.
/// </summary>
internal sealed class TimerWatchingTimeProvider : FakeTimeProvider
{
    private readonly Channel<TimeSpan> _timers = Channel.CreateUnbounded<TimeSpan>();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        _timers.Writer.TryWrite(dueTime);
        return timer;
    }

    /// <summary>
    /// Waits for a wait of at most this time to begin.
    /// </summary>
    public async Task<TimeSpan> NextWaitAsync(TimeSpan longest)
    {
        while (true)
        {
            var dueTime = await _timers.Reader.ReadAsync(TestContext.Current.CancellationToken);
            if (dueTime <= longest)
            {
                return dueTime;
            }
        }
    }
}
