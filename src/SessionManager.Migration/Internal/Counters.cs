namespace SessionManager.Internal;

/// <summary>
/// Sums and differences of metrics. Tokens and latencies are what a message can say itself; cycles and tools it never does.
/// </summary>
internal static class Counters
{
    public static bool IsZero(EventLoopMetrics metrics) =>
        !HasTokens(metrics) && metrics is { CycleCount: 0, TotalDuration.Ticks: 0, ToolUsage.Count: 0 };

    public static bool HasTokens(EventLoopMetrics metrics) => metrics is not
    {
        Latency.Ticks: 0, TimeToFirstByte.Ticks: 0, InputTokens: 0, OutputTokens: 0, TotalTokens: 0, CacheReadInputTokens: 0, CacheWriteInputTokens: 0,
    };

    public static EventLoopMetrics WithoutTokens(EventLoopMetrics metrics) =>
        new() { CycleCount = metrics.CycleCount, TotalDuration = metrics.TotalDuration, ToolUsage = metrics.ToolUsage };

    public static EventLoopMetrics AddTokens(EventLoopMetrics left, EventLoopMetrics right) => CombineTokens(left, right, static (a, b) => a + b);

    /// <summary>
    /// Gets how far the tokens of one are above those of the other.
    /// </summary>
    public static EventLoopMetrics SubtractTokens(EventLoopMetrics left, EventLoopMetrics right) =>
        CombineTokens(left, right, static (a, b) => Math.Max(0, a - b));

    public static EventLoopMetrics Add(EventLoopMetrics left, EventLoopMetrics right) => AddTokens(left, right) with
    {
        CycleCount = left.CycleCount + right.CycleCount,
        TotalDuration = left.TotalDuration + right.TotalDuration,
        ToolUsage = Combine(left.ToolUsage, right.ToolUsage, static (a, b) => a + b),
    };

    /// <summary>
    /// Gets what the totals of an agent object have grown by; all of them where one is smaller, for they are a new object's.
    /// </summary>
    public static EventLoopMetrics Subtract(EventLoopMetrics total, EventLoopMetrics before)
    {
        var isNew = total.TotalTokens < before.TotalTokens || total.InputTokens < before.InputTokens || total.OutputTokens < before.OutputTokens
            || total.Latency < before.Latency || total.CycleCount < before.CycleCount;
        return isNew ? total : SubtractTokens(total, before) with
        {
            CycleCount = total.CycleCount - before.CycleCount,
            TotalDuration = TimeSpan.FromTicks(Math.Max(0, (total.TotalDuration - before.TotalDuration).Ticks)),
            ToolUsage = Combine(total.ToolUsage, before.ToolUsage, static (a, b) => Math.Max(0, a - b)),
        };
    }

    private static EventLoopMetrics CombineTokens(EventLoopMetrics left, EventLoopMetrics right, Func<long, long, long> combine) => left with
    {
        Latency = TimeSpan.FromTicks(combine(left.Latency.Ticks, right.Latency.Ticks)),
        TimeToFirstByte = TimeSpan.FromTicks(combine(left.TimeToFirstByte.Ticks, right.TimeToFirstByte.Ticks)),
        InputTokens = combine(left.InputTokens, right.InputTokens),
        OutputTokens = combine(left.OutputTokens, right.OutputTokens),
        TotalTokens = combine(left.TotalTokens, right.TotalTokens),
        CacheReadInputTokens = combine(left.CacheReadInputTokens, right.CacheReadInputTokens),
        CacheWriteInputTokens = combine(left.CacheWriteInputTokens, right.CacheWriteInputTokens),
    };

    private static Dictionary<string, ToolMetrics> Combine(
        IReadOnlyDictionary<string, ToolMetrics> left, IReadOnlyDictionary<string, ToolMetrics> right, Func<long, long, long> combine)
    {
        var tools = new Dictionary<string, ToolMetrics>(StringComparer.Ordinal);
        foreach (var name in left.Keys.Union(right.Keys, StringComparer.Ordinal))
        {
            var (a, b) = (left.GetValueOrDefault(name) ?? new ToolMetrics(), right.GetValueOrDefault(name) ?? new ToolMetrics());
            var tool = new ToolMetrics
            {
                CallCount = combine(a.CallCount, b.CallCount),
                SuccessCount = combine(a.SuccessCount, b.SuccessCount),
                ErrorCount = combine(a.ErrorCount, b.ErrorCount),
                TotalTime = TimeSpan.FromTicks(combine(a.TotalTime.Ticks, b.TotalTime.Ticks)),
            };
            if (tool != new ToolMetrics())
            {
                tools[name] = tool;
            }
        }

        return tools;
    }
}
