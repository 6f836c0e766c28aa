using MongoDB.Bson;
using MongoDB.Bson.IO;

namespace SessionManager.Internal.Storage.Documents;

public sealed class EventLoopMetricsDocumentTests
{
    [Fact]
    public void Read_WhatToBsonWrote_GivesTheSame()
    {
        var metrics = new EventLoopMetrics
        {
            Latency = TimeSpan.FromMilliseconds(1500),
            TimeToFirstByte = TimeSpan.FromMilliseconds(250),
            InputTokens = 1,
            OutputTokens = 2,
            TotalTokens = long.MaxValue,
            CacheReadInputTokens = 4,
            CacheWriteInputTokens = 5,
            CycleCount = 6,
            TotalDuration = TimeSpan.FromSeconds(3.5),
            ToolUsage = new Dictionary<string, ToolMetrics>
            {
                ["get.order"] = new() { CallCount = 2, SuccessCount = 1, ErrorCount = 1, TotalTime = TimeSpan.FromSeconds(2) },
                ["other"] = new() { CallCount = 1, SuccessCount = 1 },
            },
        };

        Assert.Equivalent(metrics, Read(EventLoopMetricsDocument.ToBson(metrics)), strict: true);
    }

    [Fact]
    public void Read_UnknownFieldsAndOtherNumberTypes_TakesWhatItKnows()
    {
        var stored = BsonDocument.Parse(
            """
            {
              "added": { "later": [1] },
              "accumulated_metrics": { "latencyMs": 7.5, "added": { "later": 1 } },
              "accumulated_usage": { "inputTokens": 3.0, "totalTokens": { "$numberLong": "4" } },
              "cycle_metrics": { "total_duration": 2 },
              "tool_usage": { "t": { "call_count": 1.0, "total_time": 2, "added": null } }
            }
            """);

        var metrics = Read(stored);

        Assert.Equal((TimeSpan.FromMilliseconds(7.5), TimeSpan.FromSeconds(2)), (metrics.Latency, metrics.TotalDuration));
        Assert.Equal((3, 0, 4), (metrics.InputTokens, metrics.OutputTokens, metrics.TotalTokens));
        Assert.Equal(new ToolMetrics { CallCount = 1, TotalTime = TimeSpan.FromSeconds(2) }, metrics.ToolUsage["t"]);
    }

    [Fact]
    public void Read_NothingInside_GivesZeroes() => Assert.Equal(new EventLoopMetrics(), Read([]));

    private static EventLoopMetrics Read(BsonDocument stored)
    {
        using var reader = new BsonDocumentReader(stored);
        return EventLoopMetricsDocument.Read(reader);
    }
}
