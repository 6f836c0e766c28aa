namespace SessionManager.Protocol.Checking;

/// <summary>
/// The clock of a writer's process: the world's time, with timers that ring when the scheduler says so.
/// </summary>
internal sealed class WorldClock(World world, Writer? writer) : TimeProvider
{
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => world.Now;

    public override long GetTimestamp() => world.Now.Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        // That a call takes too long is a step of its own: it is cancelled.
        var timers = writer is null || dueTime == Timeout.InfiniteTimeSpan ? null
            : period != Timeout.InfiniteTimeSpan ? writer.Renewals
            : state is CancellationTokenSource ? null : writer.Polls;
        var timer = new WorldTimer(() => callback(state), timers == writer?.Polls ? world.CreateVersion() : "");
        timers?.Add(timer);
        return timer;
    }

    internal sealed class WorldTimer(Action ring, string version) : ITimer
    {
        /// <summary>
        /// Gets what was stored, and the time, when it was created.
        /// </summary>
        public string Version => version;

        public bool IsDisposed { get; private set; }

        public void Ring() => ring();

        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose() => IsDisposed = true;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
