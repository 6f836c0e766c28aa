using SessionManager.Internal.Shared;

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

        return UsageCounter.Combine(current, earlier, static (now, before) => now - before, Since(current.ToolUsage, earlier.ToolUsage));
    }

    public static bool IsZero(this EventLoopMetrics metrics) =>
        metrics.ToolUsage.Count == 0 && UsageCounter.All.All(counter => counter.Get(metrics) == 0);

    private static Dictionary<string, ToolMetrics> Since(IReadOnlyDictionary<string, ToolMetrics> current, IReadOnlyDictionary<string, ToolMetrics> earlier)
    {
        var tools = new Dictionary<string, ToolMetrics>(StringComparer.Ordinal);
        foreach (var (name, tool) in current)
        {
            var before = earlier.GetValueOrDefault(name) ?? new ToolMetrics();
            // A tool that was not called again is left out, so that each message has the tools of its own turn.
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
