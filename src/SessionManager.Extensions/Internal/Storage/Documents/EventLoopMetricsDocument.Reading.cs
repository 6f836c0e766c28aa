using System.Collections.ObjectModel;
using MongoDB.Bson;
using MongoDB.Bson.IO;

namespace SessionManager.Internal.Storage.Documents;

internal static partial class EventLoopMetricsDocument
{
    private static readonly NameTable Names = new(
        AccumulatedMetrics, AccumulatedUsage, CycleMetrics, ToolUsage, LatencyMs, TimeToFirstByteMs, InputTokens,
        OutputTokens, TotalTokens, CacheReadInputTokens, CacheWriteInputTokens, CycleCount, TotalDuration,
        AverageCycleTime, CallCount, SuccessCount, ErrorCount, TotalTime, AverageTime, SuccessRate, Model);

    public static EventLoopMetrics Read(IBsonReader reader)
    {
        var numbers = default(Numbers);
        IReadOnlyDictionary<string, ToolMetrics>? tools = null;
        string? model = null;
        reader.ReadStartDocument();
        while (reader.ReadBsonType() != BsonType.EndOfDocument)
        {
            switch (reader.ReadName(Names))
            {
                case AccumulatedMetrics or AccumulatedUsage or CycleMetrics: Read(reader, ref numbers); break;
                case ToolUsage: tools = ReadTools(reader); break;
                case Model when reader.CurrentBsonType == BsonType.String: model = reader.ReadString(); break;
                default: reader.SkipValue(); break;
            }
        }

        reader.ReadEndDocument();
        return new EventLoopMetrics
        {
            Model = model,
            Latency = TimeSpan.FromMilliseconds(numbers.LatencyMs),
            TimeToFirstByte = TimeSpan.FromMilliseconds(numbers.TimeToFirstByteMs),
            InputTokens = numbers.InputTokens,
            OutputTokens = numbers.OutputTokens,
            TotalTokens = numbers.TotalTokens,
            CacheReadInputTokens = numbers.CacheReadInputTokens,
            CacheWriteInputTokens = numbers.CacheWriteInputTokens,
            CycleCount = numbers.CycleCount,
            TotalDuration = TimeSpan.FromSeconds(numbers.TotalDuration),
            ToolUsage = tools ?? ReadOnlyDictionary<string, ToolMetrics>.Empty,
        };
    }

    // No name occurs in two of the sub-documents.
    private static void Read(IBsonReader reader, ref Numbers numbers)
    {
        reader.ReadStartDocument();
        while (reader.ReadBsonType() != BsonType.EndOfDocument)
        {
            switch (reader.ReadName(Names))
            {
                case LatencyMs: numbers.LatencyMs = BsonNumbers.ReadDouble(reader); break;
                case TimeToFirstByteMs: numbers.TimeToFirstByteMs = BsonNumbers.ReadDouble(reader); break;
                case InputTokens: numbers.InputTokens = BsonNumbers.ReadInt64(reader); break;
                case OutputTokens: numbers.OutputTokens = BsonNumbers.ReadInt64(reader); break;
                case TotalTokens: numbers.TotalTokens = BsonNumbers.ReadInt64(reader); break;
                case CacheReadInputTokens: numbers.CacheReadInputTokens = BsonNumbers.ReadInt64(reader); break;
                case CacheWriteInputTokens: numbers.CacheWriteInputTokens = BsonNumbers.ReadInt64(reader); break;
                case CycleCount: numbers.CycleCount = BsonNumbers.ReadInt64(reader); break;
                case TotalDuration: numbers.TotalDuration = BsonNumbers.ReadDouble(reader); break;
                default: reader.SkipValue(); break;
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

    private struct Numbers
    {
        public double LatencyMs;
        public double TimeToFirstByteMs;
        public long InputTokens;
        public long OutputTokens;
        public long TotalTokens;
        public long CacheReadInputTokens;
        public long CacheWriteInputTokens;
        public long CycleCount;
        public double TotalDuration;
    }
}
