namespace SessionManager;

/// <summary>
/// Represents the calls of one tool.
/// </summary>
public sealed record ToolMetrics
{
    /// <summary>
    /// Gets the number of calls.
    /// </summary>
    public long CallCount { get; init; }

    /// <summary>
    /// Gets the number of calls that succeeded.
    /// </summary>
    public long SuccessCount { get; init; }

    /// <summary>
    /// Gets the number of calls that failed.
    /// </summary>
    public long ErrorCount { get; init; }

    /// <summary>
    /// Gets the time that all calls took.
    /// </summary>
    /// <value>Stored in seconds, with fractions.</value>
    public TimeSpan TotalTime { get; init; }

    /// <summary>
    /// Gets the mean time of a call, or zero when there was none.
    /// </summary>
    public TimeSpan AverageTime => CallCount == 0 ? TimeSpan.Zero : TotalTime / CallCount;

    /// <summary>
    /// Gets the share of calls that succeeded, from 0 to 1, or zero when there was none.
    /// </summary>
    public double SuccessRate => CallCount == 0 ? 0 : (double)SuccessCount / CallCount;
}
