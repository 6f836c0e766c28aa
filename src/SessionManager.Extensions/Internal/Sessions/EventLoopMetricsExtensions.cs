namespace SessionManager.Internal.Sessions;

/// <summary>
/// Differences between two snapshots of the same counters.
/// </summary>
internal static class EventLoopMetricsExtensions
{
    /// <summary>
    /// Gets what was added since an earlier snapshot. Counters that have gone back were started anew, and count whole.
    /// </summary>
    public static EventLoopMetrics Since(this EventLoopMetrics current, EventLoopMetrics earlier)
    {
        if (current.TotalDuration < earlier.TotalDuration || current.CycleCount < earlier.CycleCount || current.TotalTokens < earlier.TotalTokens)
        {
            return current;
        }

        return new EventLoopMetrics
        {
            Latency = current.Latency - earlier.Latency,
            TimeToFirstByte = current.TimeToFirstByte - earlier.TimeToFirstByte,
            InputTokens = current.InputTokens - earlier.InputTokens,
            OutputTokens = current.OutputTokens - earlier.OutputTokens,
            TotalTokens = current.TotalTokens - earlier.TotalTokens,
            CacheReadInputTokens = current.CacheReadInputTokens - earlier.CacheReadInputTokens,
            CacheWriteInputTokens = current.CacheWriteInputTokens - earlier.CacheWriteInputTokens,
            CycleCount = current.CycleCount - earlier.CycleCount,
            TotalDuration = current.TotalDuration - earlier.TotalDuration,
            ToolUsage = Since(current.ToolUsage, earlier.ToolUsage),
        };
    }

    /// <summary>
    /// Adds the numbers of two metrics, without model and tool usage.
    /// </summary>
    public static EventLoopMetrics Plus(this EventLoopMetrics metrics, EventLoopMetrics other) => new()
    {
        Latency = metrics.Latency + other.Latency,
        TimeToFirstByte = metrics.TimeToFirstByte + other.TimeToFirstByte,
        InputTokens = metrics.InputTokens + other.InputTokens,
        OutputTokens = metrics.OutputTokens + other.OutputTokens,
        TotalTokens = metrics.TotalTokens + other.TotalTokens,
        CacheReadInputTokens = metrics.CacheReadInputTokens + other.CacheReadInputTokens,
        CacheWriteInputTokens = metrics.CacheWriteInputTokens + other.CacheWriteInputTokens,
        CycleCount = metrics.CycleCount + other.CycleCount,
        TotalDuration = metrics.TotalDuration + other.TotalDuration,
    };

    public static bool IsZero(this EventLoopMetrics metrics) => metrics is
    {
        Latency.Ticks: 0,
        TotalDuration.Ticks: 0,
        CycleCount: 0,
        InputTokens: 0,
        OutputTokens: 0,
        TotalTokens: 0,
        CacheReadInputTokens: 0,
        CacheWriteInputTokens: 0,
        ToolUsage.Count: 0,
    };

    private static Dictionary<string, ToolMetrics> Since(IReadOnlyDictionary<string, ToolMetrics> current, IReadOnlyDictionary<string, ToolMetrics> earlier)
    {
        var tools = new Dictionary<string, ToolMetrics>(StringComparer.Ordinal);
        foreach (var (name, tool) in current)
        {
            var before = earlier.GetValueOrDefault(name) ?? new ToolMetrics();
            if (tool.CallCount != before.CallCount)
            {
                tools[name] = new ToolMetrics
                {
                    CallCount = tool.CallCount - before.CallCount,
                    SuccessCount = tool.SuccessCount - before.SuccessCount,
                    ErrorCount = tool.ErrorCount - before.ErrorCount,
                    TotalTime = tool.TotalTime - before.TotalTime,
                };
            }
        }

        return tools;
    }
}
