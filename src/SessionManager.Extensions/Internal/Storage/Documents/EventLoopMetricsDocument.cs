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
    private const string ToolUsagePath = $"{Fields.EventLoopMetrics}.{ToolUsage}";
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

    /// <summary>
    /// Reads metrics that this library wrote.
    /// </summary>
    public static EventLoopMetrics Read(IBsonReader reader)
    {
        DamagedFields damaged = default;
        return Read(reader, ref damaged);
    }

    /// <summary>
    /// Reads metrics of any writer. A number of a wrong type is zero.
    /// </summary>
    public static EventLoopMetrics Read(IBsonReader reader, ref DamagedFields damaged)
    {
        Span<long> values = stackalloc long[UsageCounter.All.Length];
        string? model = null;
        Dictionary<string, ToolMetrics>? tools = null;
        reader.ReadStartDocument();
        while (reader.ReadBsonType() != BsonType.EndOfDocument)
        {
            var name = reader.ReadName(Names);
            switch (name)
            {
                case UsageCounter.AccumulatedMetrics or UsageCounter.AccumulatedUsage or UsageCounter.CycleMetrics when reader.CurrentBsonType == BsonType.Document:
                    ReadCounters(reader, values, ref damaged);
                    break;
                case ToolUsage when reader.CurrentBsonType == BsonType.Document:
                    tools = ReadTools(reader, ref damaged);
                    break;
                case Model when reader.CurrentBsonType == BsonType.String:
                    model = reader.ReadString();
                    break;
                case UsageCounter.AccumulatedMetrics or UsageCounter.AccumulatedUsage or UsageCounter.CycleMetrics or ToolUsage or Model:
                    damaged.Skip(reader, $"{Fields.EventLoopMetrics}.{name}");
                    break;
                default:
                    reader.SkipValue();
                    break;
            }
        }

        reader.ReadEndDocument();
        return UsageCounter.Create(values, model, tools);
    }

    private static void ReadCounters(IBsonReader reader, Span<long> values, ref DamagedFields damaged)
    {
        reader.ReadStartDocument();
        while (reader.ReadBsonType() != BsonType.EndOfDocument)
        {
            var index = UsageCounter.IndexOf(reader.ReadName(Names));
            if (index < 0 || reader.CurrentBsonType == BsonType.Null)
            {
                reader.SkipValue();
            }
            else if (!UsageCounter.All[index].TryRead(reader, out values[index]))
            {
                damaged.Add(UsageCounter.All[index].GetPath());
            }
        }

        reader.ReadEndDocument();
    }

    private static Dictionary<string, ToolMetrics>? ReadTools(IBsonReader reader, ref DamagedFields damaged)
    {
        Dictionary<string, ToolMetrics>? tools = null;
        reader.ReadStartDocument();
        while (reader.ReadBsonType() != BsonType.EndOfDocument)
        {
            var name = BsonKeys.Decode(reader.ReadName());
            if (reader.CurrentBsonType == BsonType.Document)
            {
                tools ??= new Dictionary<string, ToolMetrics>(StringComparer.Ordinal);
                tools[name] = ReadTool(reader, ref damaged);
            }
            else
            {
                damaged.Skip(reader, ToolUsagePath);
            }
        }

        reader.ReadEndDocument();
        return tools;
    }

    private static ToolMetrics ReadTool(IBsonReader reader, ref DamagedFields damaged)
    {
        long calls = 0, successes = 0, errors = 0, ticks = 0;
        var isDamaged = false;
        reader.ReadStartDocument();
        while (reader.ReadBsonType() != BsonType.EndOfDocument)
        {
            switch (reader.ReadName(Names))
            {
                case CallCount: isDamaged |= !BsonNumbers.TryReadInt64(reader, out calls); break;
                case SuccessCount: isDamaged |= !BsonNumbers.TryReadInt64(reader, out successes); break;
                case ErrorCount: isDamaged |= !BsonNumbers.TryReadInt64(reader, out errors); break;
                case TotalTime: isDamaged |= !UsageCounterDocument.TryReadTicks(reader, TimeSpan.TicksPerSecond, out ticks); break;
                default: reader.SkipValue(); break;
            }
        }

        reader.ReadEndDocument();
        if (isDamaged)
        {
            // Without the name of the tool, which a model may have made up.
            damaged.Add(ToolUsagePath);
        }

        return new ToolMetrics
        {
            CallCount = calls,
            SuccessCount = successes,
            ErrorCount = errors,
            TotalTime = new TimeSpan(ticks),
        };
    }
}
