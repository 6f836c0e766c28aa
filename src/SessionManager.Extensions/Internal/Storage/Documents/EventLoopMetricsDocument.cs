using MongoDB.Bson;
using SessionManager.Internal.Shared;

namespace SessionManager.Internal.Storage.Documents;

/// <summary>
/// The stored form of <see cref="EventLoopMetrics"/>: four sub-documents, with milliseconds for latencies and seconds
/// for durations.
/// </summary>
internal static partial class EventLoopMetricsDocument
{
    public const string ModelPath = $"{Fields.EventLoopMetrics}.{Model}";

    private const string Model = "model";
    private const string ToolUsage = "tool_usage";
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

        var document = new BsonDocument
        {
            { UsageCounter.AccumulatedMetrics, new BsonDocument() },
            { UsageCounter.AccumulatedUsage, new BsonDocument() },
            { UsageCounter.CycleMetrics, new BsonDocument() },
            { ToolUsage, tools },
            { Model, metrics.Model, metrics.Model is not null },
        };
        foreach (var counter in UsageCounter.All)
        {
            document[counter.Part].AsBsonDocument.Add(counter.Name, counter.ToBson(metrics));
        }

        document[UsageCounter.CycleMetrics].AsBsonDocument.Add(AverageCycleTime, metrics.AverageCycleTime.TotalSeconds);
        return document;
    }

    private static BsonDocument ToBson(ToolMetrics tool) => new()
    {
        { CallCount, BsonNumbers.ToBson(tool.CallCount) },
        { SuccessCount, BsonNumbers.ToBson(tool.SuccessCount) },
        { ErrorCount, BsonNumbers.ToBson(tool.ErrorCount) },
        { TotalTime, tool.TotalTime.TotalSeconds },
        { AverageTime, tool.AverageTime.TotalSeconds },
        { SuccessRate, tool.SuccessRate },
    };
}
