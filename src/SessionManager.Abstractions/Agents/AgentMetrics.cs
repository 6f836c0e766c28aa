using Microsoft.Extensions.AI;

namespace SessionManager;

/// <summary>
/// Accumulates the metrics of one agent: what its model calls and tool calls cost.
/// </summary>
/// <remarks>Thread-safe.</remarks>
public sealed class AgentMetrics
{
    // Cache writes have no property in UsageDetails; providers report them under names of their own.
    private static readonly string[] CacheWriteNames =
    [
        "CacheWriteInputTokens",
        "CacheWriteInputTokenCount",
        "cacheWriteInputTokens",
        "CacheCreationInputTokens",
        "CacheCreationInputTokenCount",
        "cache_creation_input_tokens",
    ];

    private readonly Lock _lock = new();
    private readonly Dictionary<string, ToolMetrics> _tools = new(StringComparer.Ordinal);
    private EventLoopMetrics _totals = new();

    /// <summary>
    /// Adds one call of the model.
    /// </summary>
    /// <param name="usage">The tokens of the call, or null when the provider reported none.</param>
    /// <param name="latency">The time from request to the end of the response; zero or more.</param>
    /// <param name="timeToFirstByte">The time from request to the first part of the response, or null when unknown.</param>
    /// <remarks>
    /// Without a total the total is input and output. Tokens written to a prompt cache have no property of their own in
    /// <see cref="UsageDetails"/>; they are taken from its additional counts, by the names that providers give them.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">A time is negative.</exception>
    public void AddModelCall(UsageDetails? usage, TimeSpan latency, TimeSpan? timeToFirstByte = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(latency, TimeSpan.Zero);
        var firstByte = timeToFirstByte ?? TimeSpan.Zero;
        ArgumentOutOfRangeException.ThrowIfLessThan(firstByte, TimeSpan.Zero, nameof(timeToFirstByte));

        var input = usage?.InputTokenCount ?? 0;
        var output = usage?.OutputTokenCount ?? 0;

        lock (_lock)
        {
            _totals = _totals with
            {
                Latency = _totals.Latency + latency,
                TimeToFirstByte = _totals.TimeToFirstByte + firstByte,
                InputTokens = _totals.InputTokens + input,
                OutputTokens = _totals.OutputTokens + output,
                TotalTokens = _totals.TotalTokens + (usage?.TotalTokenCount ?? (input + output)),
                CacheReadInputTokens = _totals.CacheReadInputTokens + (usage?.CachedInputTokenCount ?? 0),
                CacheWriteInputTokens = _totals.CacheWriteInputTokens + GetCacheWriteTokens(usage),
                CycleCount = _totals.CycleCount + 1,
                TotalDuration = _totals.TotalDuration + latency,
            };
        }
    }

    /// <summary>
    /// Adds one call of a tool.
    /// </summary>
    /// <param name="toolName">The name of the tool.</param>
    /// <param name="duration">The time that the tool took; zero or more.</param>
    /// <param name="succeeded">False when the tool failed.</param>
    /// <exception cref="ArgumentException"><paramref name="toolName"/> is null, empty or blank.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="duration"/> is negative.</exception>
    public void AddToolCall(string toolName, TimeSpan duration, bool succeeded = true)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(toolName);
        ArgumentOutOfRangeException.ThrowIfLessThan(duration, TimeSpan.Zero);

        lock (_lock)
        {
            var tool = _tools.GetValueOrDefault(toolName) ?? new ToolMetrics();
            _tools[toolName] = tool with
            {
                CallCount = tool.CallCount + 1,
                SuccessCount = tool.SuccessCount + (succeeded ? 1 : 0),
                ErrorCount = tool.ErrorCount + (succeeded ? 0 : 1),
                TotalTime = tool.TotalTime + duration,
            };
            _totals = _totals with { TotalDuration = _totals.TotalDuration + duration };
        }
    }

    /// <summary>
    /// Gets everything added so far.
    /// </summary>
    /// <returns>A snapshot that later calls do not change.</returns>
    public EventLoopMetrics GetTotals()
    {
        lock (_lock)
        {
            return _tools.Count == 0
                ? _totals
                : _totals with { ToolUsage = new Dictionary<string, ToolMetrics>(_tools, StringComparer.Ordinal) };
        }
    }

    private static long GetCacheWriteTokens(UsageDetails? usage)
    {
        if (usage?.AdditionalCounts is { Count: > 0 } counts)
        {
            foreach (var name in CacheWriteNames)
            {
                if (counts.TryGetValue(name, out var count))
                {
                    return count;
                }
            }
        }

        return 0;
    }
}
