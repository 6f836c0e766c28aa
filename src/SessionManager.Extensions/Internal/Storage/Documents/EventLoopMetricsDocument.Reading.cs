using MongoDB.Bson;
using MongoDB.Bson.IO;
using SessionManager.Internal.Shared;

namespace SessionManager.Internal.Storage.Documents;

internal static partial class EventLoopMetricsDocument
{
    private static readonly NameTable Names = new(
    [
        UsageCounter.AccumulatedMetrics, UsageCounter.AccumulatedUsage, UsageCounter.CycleMetrics, ToolUsage, Model,
        AverageCycleTime, CallCount, SuccessCount, ErrorCount, TotalTime, AverageTime, SuccessRate,
        .. UsageCounter.All.Select(counter => counter.Name),
    ]);

    public static EventLoopMetrics Read(IBsonReader reader)
    {
        var metrics = new EventLoopMetrics();
        reader.ReadStartDocument();
        while (reader.ReadBsonType() != BsonType.EndOfDocument)
        {
            switch (reader.ReadName(Names))
            {
                case UsageCounter.AccumulatedMetrics or UsageCounter.AccumulatedUsage or UsageCounter.CycleMetrics:
                    metrics = ReadCounters(metrics, reader);
                    break;
                case ToolUsage:
                    metrics = ReadTools(reader) is { } tools ? metrics with { ToolUsage = tools } : metrics;
                    break;
                case Model when reader.CurrentBsonType == BsonType.String:
                    metrics = metrics with { Model = reader.ReadString() };
                    break;
                default:
                    reader.SkipValue();
                    break;
            }
        }

        reader.ReadEndDocument();
        return metrics;
    }

    private static EventLoopMetrics ReadCounters(EventLoopMetrics metrics, IBsonReader reader)
    {
        reader.ReadStartDocument();
        while (reader.ReadBsonType() != BsonType.EndOfDocument)
        {
            if (UsageCounter.Find(reader.ReadName(Names)) is { } counter)
            {
                metrics = counter.Read(metrics, reader);
            }
            else
            {
                reader.SkipValue();
            }
        }

        reader.ReadEndDocument();
        return metrics;
    }

    private static Dictionary<string, ToolMetrics>? ReadTools(IBsonReader reader)
    {
        Dictionary<string, ToolMetrics>? tools = null;
        reader.ReadStartDocument();
        while (reader.ReadBsonType() != BsonType.EndOfDocument)
        {
            var name = BsonKeys.Decode(reader.ReadName());
            tools ??= new Dictionary<string, ToolMetrics>(StringComparer.Ordinal);
            tools[name] = ReadTool(reader);
        }

        reader.ReadEndDocument();
        return tools;
    }

    private static ToolMetrics ReadTool(IBsonReader reader)
    {
        long calls = 0, successes = 0, errors = 0;
        double seconds = 0;
        reader.ReadStartDocument();
        while (reader.ReadBsonType() != BsonType.EndOfDocument)
        {
            switch (reader.ReadName(Names))
            {
                case CallCount: calls = BsonNumbers.ReadInt64(reader); break;
                case SuccessCount: successes = BsonNumbers.ReadInt64(reader); break;
                case ErrorCount: errors = BsonNumbers.ReadInt64(reader); break;
                case TotalTime: seconds = BsonNumbers.ReadDouble(reader); break;
                default: reader.SkipValue(); break;
            }
        }

        reader.ReadEndDocument();
        return new ToolMetrics
        {
            CallCount = calls,
            SuccessCount = successes,
            ErrorCount = errors,
            TotalTime = TimeSpan.FromSeconds(seconds),
        };
    }
}
