namespace SessionManager;

/// <summary>
/// Says what happens to a request for an agent whose session has another run going on.
/// </summary>
/// <remarks>
/// A run lasts from the load of a history to the end of what follows. Two at once would be half blind: neither answer would have seen
/// the question of the other. Runs are for each agent of a session. Immutable.
/// </remarks>
public sealed class WhenBusy
{
    private static readonly TimeSpan DefaultWait = TimeSpan.FromSeconds(45);

    private WhenBusy(TimeSpan waitTime, bool takesOver, bool interleaves) =>
        (WaitTime, TakesOver, Interleaves) = (waitTime, takesOver, interleaves);

    /// <summary>
    /// Gets the default of pipelines and agents: to wait for 45 seconds, longer than the run of a killed process is waited for.
    /// </summary>
    public static WhenBusy Default { get; } = new(DefaultWait, takesOver: false, interleaves: false);

    /// <summary>
    /// Gets the answer at once: <see cref="SessionBusyException"/>.
    /// </summary>
    public static WhenBusy Fail { get; } = new(TimeSpan.Zero, takesOver: false, interleaves: false);

    /// <summary>
    /// Gets the way of a user who does not want to wait: the other run is ended, and goes on, if it does, where nobody sees it.
    /// </summary>
    public static WhenBusy TakeOver { get; } = new(TimeSpan.Zero, takesOver: true, interleaves: false);

    /// <summary>
    /// Gets the way without runs: messages of several requests are stored as they come, between each other.
    /// </summary>
    public static WhenBusy Interleave { get; } = new(TimeSpan.Zero, takesOver: false, interleaves: true);

    /// <summary>
    /// Gets the longest time that a request waits.
    /// </summary>
    /// <value>Zero where it does not.</value>
    public TimeSpan WaitTime { get; }

    /// <summary>
    /// Gets a value indicating whether the other run is ended.
    /// </summary>
    public bool TakesOver { get; }

    /// <summary>
    /// Gets a value indicating whether there are no runs.
    /// </summary>
    public bool Interleaves { get; }

    /// <summary>
    /// Waits for the other run to end, then fails as <see cref="Fail"/> does.
    /// </summary>
    /// <param name="time">
    /// The longest time to wait, more than zero. The run of a killed process ends half a minute after its last sign of life, so less
    /// than that makes its end an error.
    /// </param>
    /// <returns>The way.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="time"/> is zero or less.</exception>
    public static WhenBusy Wait(TimeSpan time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(time, TimeSpan.Zero);
        return new(time, takesOver: false, interleaves: false);
    }

    /// <inheritdoc/>
    public override string ToString() => this switch
    {
        { Interleaves: true } => nameof(Interleave),
        { TakesOver: true } => nameof(TakeOver),
        { WaitTime.Ticks: 0 } => nameof(Fail),
        _ => $"{nameof(Wait)} {WaitTime}",
    };
}
