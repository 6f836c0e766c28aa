using System.Collections.ObjectModel;

namespace SessionManager;

/// <summary>
/// Represents what one or more model calls cost, with the tool calls between them.
/// </summary>
/// <remarks>It does not change. Numbers are zero where nothing was reported.</remarks>
public sealed record EventLoopMetrics
{
    /// <summary>
    /// Gets the id of the model that was called.
    /// </summary>
    /// <value>Null when it is not known.</value>
    public string? Model { get; init; }

    /// <summary>
    /// Gets the time that the model calls took, request to end of response.
    /// </summary>
    /// <value>Stored in whole milliseconds.</value>
    public TimeSpan Latency { get; init; }

    /// <summary>
    /// Gets the time to the first part of the response, summed over the model calls.
    /// </summary>
    /// <value>Stored in whole milliseconds; zero when unknown.</value>
    public TimeSpan TimeToFirstByte { get; init; }

    /// <summary>
    /// Gets the tokens that the model read.
    /// </summary>
    public long InputTokens { get; init; }

    /// <summary>
    /// Gets the tokens that the model wrote.
    /// </summary>
    public long OutputTokens { get; init; }

    /// <summary>
    /// Gets the tokens that the provider counted in all.
    /// </summary>
    public long TotalTokens { get; init; }

    /// <summary>
    /// Gets the input tokens that came from the provider's prompt cache.
    /// </summary>
    public long CacheReadInputTokens { get; init; }

    /// <summary>
    /// Gets the input tokens that were written to the provider's prompt cache.
    /// </summary>
    public long CacheWriteInputTokens { get; init; }

    /// <summary>
    /// Gets the number of model calls.
    /// </summary>
    public long CycleCount { get; init; }

    /// <summary>
    /// Gets the time of the model calls and tool calls together.
    /// </summary>
    /// <value>Stored in seconds, with fractions.</value>
    public TimeSpan TotalDuration { get; init; }

    /// <summary>
    /// Gets the mean time of a cycle: <see cref="TotalDuration"/> over <see cref="CycleCount"/>, or zero.
    /// </summary>
    public TimeSpan AverageCycleTime => CycleCount == 0 ? TimeSpan.Zero : TotalDuration / CycleCount;

    /// <summary>
    /// Gets the tool calls by tool name.
    /// </summary>
    /// <value>Never null; empty when no tool was called.</value>
    public IReadOnlyDictionary<string, ToolMetrics> ToolUsage { get; init; } = ReadOnlyDictionary<string, ToolMetrics>.Empty;
}
