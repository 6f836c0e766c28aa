namespace SessionManager.Chaos;

/// <summary>
/// A clock that runs fast, the same in every process: the shortest lifetime of a session passes many times in a run of a minute.
/// </summary>
/// <remarks>Only dates are fast. Timers and time-outs are those of the system, as are the delays of the line.</remarks>
internal sealed class FastClock(DateTimeOffset start) : TimeProvider
{
    /// <summary>
    /// How many of its seconds go into one.
    /// </summary>
    public const int Factor = 4;

    public override DateTimeOffset GetUtcNow() => start + (Factor * (System.GetUtcNow() - start));
}
