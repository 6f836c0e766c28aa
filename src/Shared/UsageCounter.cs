using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Collections.ObjectModel;

namespace SessionManager.Internal.Shared;

/// <summary>
/// One of the numbers of <see cref="EventLoopMetrics"/>: where it is stored, and in which unit.
/// </summary>
/// <remarks>
/// <see cref="All"/> is the only list of them. What writes, reads, sums or compares metrics goes through it.
/// </remarks>
internal sealed class UsageCounter
{
    public const string AccumulatedMetrics = "accumulated_metrics";
    public const string AccumulatedUsage = "accumulated_usage";
    public const string CycleMetrics = "cycle_metrics";

    private readonly Func<EventLoopMetrics, long> _get;
    private readonly Action<EventLoopMetrics, long> _set;

    private UsageCounter(string part, string name, UsageUnit unit, Func<EventLoopMetrics, long> get, Action<EventLoopMetrics, long> set)
    {
        (Part, Name, Unit, _get, _set) = (part, name, unit, get, set);
    }

    /// <summary>
    /// Gets the counters in the order in which they are stored.
    /// </summary>
    public static ImmutableArray<UsageCounter> All { get; } =
    [
        Time(AccumulatedMetrics, "latencyMs", UsageUnit.Milliseconds, nameof(EventLoopMetrics.Latency)),
        Time(AccumulatedMetrics, "timeToFirstByteMs", UsageUnit.Milliseconds, nameof(EventLoopMetrics.TimeToFirstByte)),
        Count(AccumulatedUsage, "inputTokens", nameof(EventLoopMetrics.InputTokens)),
        Count(AccumulatedUsage, "outputTokens", nameof(EventLoopMetrics.OutputTokens)),
        Count(AccumulatedUsage, "totalTokens", nameof(EventLoopMetrics.TotalTokens)),
        Count(AccumulatedUsage, "cacheReadInputTokens", nameof(EventLoopMetrics.CacheReadInputTokens)),
        Count(AccumulatedUsage, "cacheWriteInputTokens", nameof(EventLoopMetrics.CacheWriteInputTokens)),
        Count(CycleMetrics, "cycle_count", nameof(EventLoopMetrics.CycleCount)),
        Time(CycleMetrics, "total_duration", UsageUnit.Seconds, nameof(EventLoopMetrics.TotalDuration)),
    ];

    private static FrozenDictionary<string, int> ByName { get; } =
        All.Select(static (counter, index) => KeyValuePair.Create(counter.Name, index)).ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>
    /// Gets the name of the sub-document.
    /// </summary>
    public string Part { get; }

    /// <summary>
    /// Gets the name in the sub-document. No name occurs in two of them.
    /// </summary>
    public string Name { get; }

    /// <summary>
    /// Gets the unit of the stored number.
    /// </summary>
    public UsageUnit Unit { get; }

    /// <summary>
    /// Gets the index in <see cref="All"/> of the counter with a name, or -1.
    /// </summary>
    public static int IndexOf(string name) => ByName.TryGetValue(name, out var index) ? index : -1;

    /// <summary>
    /// Gets the value: a count, or the ticks of a time.
    /// </summary>
    public long Get(EventLoopMetrics metrics) => _get(metrics);

    /// <summary>
    /// Makes metrics of one value for each of <see cref="All"/>.
    /// </summary>
    public static EventLoopMetrics Create(
        ReadOnlySpan<long> values,
        string? model = null,
        IReadOnlyDictionary<string, ToolMetrics>? toolUsage = null)
    {
        var metrics = new EventLoopMetrics { Model = model, ToolUsage = toolUsage ?? ReadOnlyDictionary<string, ToolMetrics>.Empty };
        for (var index = 0; index < values.Length; index++)
        {
            // Into an object that has no other reader yet: a `with` for each would make nine copies of it.
            All[index]._set(metrics, values[index]);
        }

        return metrics;
    }

    /// <summary>
    /// Makes metrics of each number of two others. They have no model.
    /// </summary>
    public static EventLoopMetrics Combine(
        EventLoopMetrics left,
        EventLoopMetrics right,
        Func<long, long, long> combine,
        IReadOnlyDictionary<string, ToolMetrics>? toolUsage = null)
    {
        Span<long> values = stackalloc long[All.Length];
        for (var index = 0; index < values.Length; index++)
        {
            values[index] = combine(All[index].Get(left), All[index].Get(right));
        }

        return Create(values, toolUsage: toolUsage);
    }

    private static UsageCounter Count(string part, string name, string property) =>
        new(part, name, UsageUnit.Count, Getter<long>(property), Setter<long>(property));

    private static UsageCounter Time(string part, string name, UsageUnit unit, string property)
    {
        var (get, set) = (Getter<TimeSpan>(property), Setter<TimeSpan>(property));
        return new(part, name, unit, metrics => get(metrics).Ticks, (metrics, ticks) => set(metrics, TimeSpan.FromTicks(ticks)));
    }

    private static Func<EventLoopMetrics, T> Getter<T>(string property) =>
        typeof(EventLoopMetrics).GetProperty(property)!.GetMethod!.CreateDelegate<Func<EventLoopMetrics, T>>();

    private static Action<EventLoopMetrics, T> Setter<T>(string property) =>
        typeof(EventLoopMetrics).GetProperty(property)!.SetMethod!.CreateDelegate<Action<EventLoopMetrics, T>>();
}
