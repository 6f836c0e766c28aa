using SessionManager.Internal.Shared;

namespace SessionManager.Internal;

/// <summary>
/// Sums and differences of metrics. Tokens and latencies are what a message can say itself; cycles and tools it never does.
/// </summary>
internal static class Counters
{
    public static bool IsZero(EventLoopMetrics metrics) => metrics.ToolUsage.Count == 0 && UsageCounter.All.All(counter => counter.Get(metrics) == 0);

    public static bool HasTokens(EventLoopMetrics metrics) => UsageCounter.All.Any(counter => IsOfTokens(counter) && counter.Get(metrics) != 0);

    public static EventLoopMetrics WithoutTokens(EventLoopMetrics metrics) => Select(metrics, static counter => !IsOfTokens(counter), metrics.ToolUsage);

    public static EventLoopMetrics AddTokens(EventLoopMetrics left, EventLoopMetrics right) => Add(left, OnlyTokens(right));

    /// <summary>
    /// Gets how far the tokens of one are above those of the other.
    /// </summary>
    public static EventLoopMetrics SubtractTokens(EventLoopMetrics left, EventLoopMetrics right) => Difference(left, OnlyTokens(right));

    public static EventLoopMetrics Add(EventLoopMetrics left, EventLoopMetrics right) => Combine(left, right, static (a, b) => a + b);

    /// <summary>
    /// Gets what the totals of an agent object have grown by; all of them where one is smaller, for they are a new object's.
    /// </summary>
    public static EventLoopMetrics Subtract(EventLoopMetrics total, EventLoopMetrics before)
    {
        var isNew = total.TotalTokens < before.TotalTokens || total.InputTokens < before.InputTokens || total.OutputTokens < before.OutputTokens
            || total.Latency < before.Latency || total.CycleCount < before.CycleCount;
        return isNew ? total : Difference(total, before);
    }

    private static bool IsOfTokens(UsageCounter counter) => counter.Part != UsageCounter.CycleMetrics;

    private static EventLoopMetrics OnlyTokens(EventLoopMetrics metrics) => Select(metrics, IsOfTokens, toolUsage: null);

    private static EventLoopMetrics Select(EventLoopMetrics metrics, Func<UsageCounter, bool> isSelected, IReadOnlyDictionary<string, ToolMetrics>? toolUsage) =>
        UsageCounter.Create([.. UsageCounter.All.Select(counter => isSelected(counter) ? counter.Get(metrics) : 0)], toolUsage: toolUsage);

    private static EventLoopMetrics Difference(EventLoopMetrics left, EventLoopMetrics right) => Combine(left, right, static (a, b) => Math.Max(0, a - b));

    private static EventLoopMetrics Combine(EventLoopMetrics left, EventLoopMetrics right, Func<long, long, long> combine) =>
        UsageCounter.Combine(left, right, combine, Combine(left.ToolUsage, right.ToolUsage, combine));

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
