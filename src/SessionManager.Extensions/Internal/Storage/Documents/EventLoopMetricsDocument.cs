using MongoDB.Bson;
using MongoDB.Bson.IO;
using SessionManager.Internal.Shared;
using SessionManager.Internal.Storage.Documents.Values;

namespace SessionManager.Internal.Storage.Documents;

/// <summary>
/// The stored form of <see cref="EventLoopMetrics"/>: four sub-documents, with milliseconds for latencies and seconds
/// for durations.
/// </summary>
internal static class EventLoopMetricsDocument
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

    private static readonly NameTable Names = new(
    [
        UsageCounter.AccumulatedMetrics, UsageCounter.AccumulatedUsage, UsageCounter.CycleMetrics, ToolUsage, Model,
        AverageCycleTime, CallCount, SuccessCount, ErrorCount, TotalTime, AverageTime, SuccessRate,
        .. UsageCounter.All.Select(counter => counter.Name),
    ]);

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

    public static EventLoopMetrics Read(IBsonReader reader)
    {
        Span<long> values = stackalloc long[UsageCounter.All.Length];
        string? model = null;
        Dictionary<string, ToolMetrics>? tools = null;
        reader.ReadStartDocument();
        while (reader.ReadBsonType() != BsonType.EndOfDocument)
        {
            switch (reader.ReadName(Names))
            {
                case UsageCounter.AccumulatedMetrics or UsageCounter.AccumulatedUsage or UsageCounter.CycleMetrics:
                    ReadCounters(reader, values);
                    break;
                case ToolUsage:
                    tools = ReadTools(reader);
                    break;
                case Model when reader.CurrentBsonType == BsonType.String:
                    model = reader.ReadString();
                    break;
                default:
                    reader.SkipValue();
                    break;
            }
        }

        reader.ReadEndDocument();
        return UsageCounter.Create(values, model, tools);
    }

    private static void ReadCounters(IBsonReader reader, Span<long> values)
    {
        reader.ReadStartDocument();
        while (reader.ReadBsonType() != BsonType.EndOfDocument)
        {
            var index = UsageCounter.IndexOf(reader.ReadName(Names));
            if (index >= 0)
            {
                values[index] = UsageCounter.All[index].Read(reader);
            }
            else
            {
                reader.SkipValue();
            }
        }

        reader.ReadEndDocument();
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
