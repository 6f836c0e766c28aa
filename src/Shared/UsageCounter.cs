using System.Collections.Frozen;
using System.Collections.Immutable;

namespace SessionManager.Internal.Shared;

/// <summary>
/// One of the numbers of <see cref="EventLoopMetrics"/>: where it is stored, in which unit, and how it is got and set.
/// </summary>
/// <remarks>
/// <see cref="All"/> is the only list of them. What writes, reads, sums or compares metrics goes through it.
/// </remarks>
internal sealed partial class UsageCounter
{
    public const string AccumulatedMetrics = "accumulated_metrics";
    public const string AccumulatedUsage = "accumulated_usage";
    public const string CycleMetrics = "cycle_metrics";

    private readonly Unit _unit;
    private readonly Func<EventLoopMetrics, long> _get;
    private readonly Func<EventLoopMetrics, long, EventLoopMetrics> _set;

    private UsageCounter(string part, string name, Unit unit, Func<EventLoopMetrics, long> get, Func<EventLoopMetrics, long, EventLoopMetrics> set)
    {
        (Part, Name, _unit, _get, _set) = (part, name, unit, get, set);
    }

    private enum Unit
    {
        Count,
        Milliseconds,
        Seconds,
    }

    /// <summary>
    /// Gets the counters in the order in which they are stored.
    /// </summary>
    public static ImmutableArray<UsageCounter> All { get; } =
    [
        Time(AccumulatedMetrics, "latencyMs", Unit.Milliseconds, static metrics => metrics.Latency, static (metrics, value) => metrics with { Latency = value }),
        Time(AccumulatedMetrics, "timeToFirstByteMs", Unit.Milliseconds, static metrics => metrics.TimeToFirstByte, static (metrics, value) => metrics with { TimeToFirstByte = value }),
        Count(AccumulatedUsage, "inputTokens", static metrics => metrics.InputTokens, static (metrics, value) => metrics with { InputTokens = value }),
        Count(AccumulatedUsage, "outputTokens", static metrics => metrics.OutputTokens, static (metrics, value) => metrics with { OutputTokens = value }),
        Count(AccumulatedUsage, "totalTokens", static metrics => metrics.TotalTokens, static (metrics, value) => metrics with { TotalTokens = value }),
        Count(AccumulatedUsage, "cacheReadInputTokens", static metrics => metrics.CacheReadInputTokens, static (metrics, value) => metrics with { CacheReadInputTokens = value }),
        Count(AccumulatedUsage, "cacheWriteInputTokens", static metrics => metrics.CacheWriteInputTokens, static (metrics, value) => metrics with { CacheWriteInputTokens = value }),
        Count(CycleMetrics, "cycle_count", static metrics => metrics.CycleCount, static (metrics, value) => metrics with { CycleCount = value }),
        Time(CycleMetrics, "total_duration", Unit.Seconds, static metrics => metrics.TotalDuration, static (metrics, value) => metrics with { TotalDuration = value }),
    ];

    private static FrozenDictionary<string, UsageCounter> ByName { get; } = All.ToFrozenDictionary(counter => counter.Name, StringComparer.Ordinal);

    /// <summary>
    /// Gets the name of the sub-document.
    /// </summary>
    public string Part { get; }

    /// <summary>
    /// Gets the name in the sub-document. No name occurs in two of them.
    /// </summary>
    public string Name { get; }

    public static UsageCounter? Find(string name) => ByName.GetValueOrDefault(name);

    /// <summary>
    /// Gets the value: a count, or the ticks of a time.
    /// </summary>
    public long Get(EventLoopMetrics metrics) => _get(metrics);

    /// <summary>
    /// Returns metrics with another value, or the same ones where it is not another.
    /// </summary>
    public EventLoopMetrics Set(EventLoopMetrics metrics, long value) => value == _get(metrics) ? metrics : _set(metrics, value);

    /// <summary>
    /// Makes metrics of each number of two others. They have neither model nor tool usage.
    /// </summary>
    public static EventLoopMetrics Combine(EventLoopMetrics left, EventLoopMetrics right, Func<long, long, long> combine) =>
        All.Aggregate(new EventLoopMetrics(), (metrics, counter) => counter.Set(metrics, combine(counter.Get(left), counter.Get(right))));

    private static UsageCounter Count(string part, string name, Func<EventLoopMetrics, long> get, Func<EventLoopMetrics, long, EventLoopMetrics> set) =>
        new(part, name, Unit.Count, get, set);

    private static UsageCounter Time(
        string part,
        string name,
        Unit unit,
        Func<EventLoopMetrics, TimeSpan> get,
        Func<EventLoopMetrics, TimeSpan, EventLoopMetrics> set) =>
        new(part, name, unit, metrics => get(metrics).Ticks, (metrics, ticks) => set(metrics, TimeSpan.FromTicks(ticks)));
}
