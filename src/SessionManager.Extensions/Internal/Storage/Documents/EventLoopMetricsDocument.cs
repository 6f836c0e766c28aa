using MongoDB.Bson;

namespace SessionManager.Internal.Storage.Documents;

/// <summary>
/// The stored form of <see cref="EventLoopMetrics"/>: four sub-documents, with milliseconds for latencies and seconds
/// for durations.
/// </summary>
internal static partial class EventLoopMetricsDocument
{
    public const string ModelPath = $"{Fields.EventLoopMetrics}.{Model}";
    public const string LatencyPath = $"{Fields.EventLoopMetrics}.{AccumulatedMetrics}.{LatencyMs}";
    public const string TimeToFirstBytePath = $"{Fields.EventLoopMetrics}.{AccumulatedMetrics}.{TimeToFirstByteMs}";
    public const string InputTokensPath = $"{Fields.EventLoopMetrics}.{AccumulatedUsage}.{InputTokens}";
    public const string OutputTokensPath = $"{Fields.EventLoopMetrics}.{AccumulatedUsage}.{OutputTokens}";
    public const string TotalTokensPath = $"{Fields.EventLoopMetrics}.{AccumulatedUsage}.{TotalTokens}";
    public const string CacheReadInputTokensPath = $"{Fields.EventLoopMetrics}.{AccumulatedUsage}.{CacheReadInputTokens}";
    public const string CacheWriteInputTokensPath = $"{Fields.EventLoopMetrics}.{AccumulatedUsage}.{CacheWriteInputTokens}";
    public const string CycleCountPath = $"{Fields.EventLoopMetrics}.{CycleMetrics}.{CycleCount}";
    public const string TotalDurationPath = $"{Fields.EventLoopMetrics}.{CycleMetrics}.{TotalDuration}";

    private const string Model = "model";
    private const string AccumulatedMetrics = "accumulated_metrics";
    private const string AccumulatedUsage = "accumulated_usage";
    private const string CycleMetrics = "cycle_metrics";
    private const string ToolUsage = "tool_usage";
    private const string LatencyMs = "latencyMs";
    private const string TimeToFirstByteMs = "timeToFirstByteMs";
    private const string InputTokens = "inputTokens";
    private const string OutputTokens = "outputTokens";
    private const string TotalTokens = "totalTokens";
    private const string CacheReadInputTokens = "cacheReadInputTokens";
    private const string CacheWriteInputTokens = "cacheWriteInputTokens";
    private const string CycleCount = "cycle_count";
    private const string TotalDuration = "total_duration";
    private const string AverageCycleTime = "average_cycle_time";
    private const string CallCount = "call_count";
    private const string SuccessCount = "success_count";
    private const string ErrorCount = "error_count";
    private const string TotalTime = "total_time";
    private const string AverageTime = "average_time";
    private const string SuccessRate = "success_rate";

    public static RawBsonDocument ToRawBson(EventLoopMetrics metrics) => new(ToBson(metrics).ToBson());

    public static BsonDocument ToBson(EventLoopMetrics metrics)
    {
        var tools = new BsonDocument();
        foreach (var (name, tool) in metrics.ToolUsage)
        {
            tools[BsonKeys.Encode(name)] = ToBson(tool);
        }

        return new BsonDocument
        {
            {
                AccumulatedMetrics,
                new BsonDocument
                {
                    { LatencyMs, Number(ToMilliseconds(metrics.Latency)) },
                    { TimeToFirstByteMs, Number(ToMilliseconds(metrics.TimeToFirstByte)) },
                }
            },
            {
                AccumulatedUsage,
                new BsonDocument
                {
                    { InputTokens, Number(metrics.InputTokens) },
                    { OutputTokens, Number(metrics.OutputTokens) },
                    { TotalTokens, Number(metrics.TotalTokens) },
                    { CacheReadInputTokens, Number(metrics.CacheReadInputTokens) },
                    { CacheWriteInputTokens, Number(metrics.CacheWriteInputTokens) },
                }
            },
            {
                CycleMetrics,
                new BsonDocument
                {
                    { CycleCount, Number(metrics.CycleCount) },
                    { TotalDuration, metrics.TotalDuration.TotalSeconds },
                    { AverageCycleTime, metrics.AverageCycleTime.TotalSeconds },
                }
            },
            { ToolUsage, tools },
            { Model, metrics.Model, metrics.Model is not null },
        };
    }

    private static BsonDocument ToBson(ToolMetrics tool) => new()
    {
        { CallCount, Number(tool.CallCount) },
        { SuccessCount, Number(tool.SuccessCount) },
        { ErrorCount, Number(tool.ErrorCount) },
        { TotalTime, tool.TotalTime.TotalSeconds },
        { AverageTime, tool.AverageTime.TotalSeconds },
        { SuccessRate, tool.SuccessRate },
    };

    private static long ToMilliseconds(TimeSpan time) => (long)Math.Round(time.TotalMilliseconds);

    // The reference stores integers as 32 bits where they fit.
    private static BsonValue Number(long value) => value is >= int.MinValue and <= int.MaxValue ? (BsonInt32)(int)value : (BsonInt64)value;
}
