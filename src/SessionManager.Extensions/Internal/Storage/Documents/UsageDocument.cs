using MongoDB.Bson;
using SessionManager.Internal.History;
using SessionManager.Internal.Sessions;

namespace SessionManager.Internal.Storage.Documents;

/// <summary>
/// The sums of metrics that the server makes.
/// </summary>
internal static class UsageDocument
{
    private const string Agent = "agent";
    private const string Model = "model";
    private const string TurnCount = "turns";

    private static readonly (string Name, string Path)[] Sums =
    [
        ("latency", EventLoopMetricsDocument.LatencyPath),
        ("first_byte", EventLoopMetricsDocument.TimeToFirstBytePath),
        ("input", EventLoopMetricsDocument.InputTokensPath),
        ("output", EventLoopMetricsDocument.OutputTokensPath),
        ("total", EventLoopMetricsDocument.TotalTokensPath),
        ("cache_read", EventLoopMetricsDocument.CacheReadInputTokensPath),
        ("cache_write", EventLoopMetricsDocument.CacheWriteInputTokensPath),
        ("cycles", EventLoopMetricsDocument.CycleCountPath),
        ("duration", EventLoopMetricsDocument.TotalDurationPath),
    ];

    /// <summary>
    /// Gets the body of a <c>$group</c> over messages with metrics.
    /// </summary>
    public static BsonDocument GroupByAgentAndModel { get; } = new BsonDocument
    {
        {
            Fields.Id,
            new BsonDocument
            {
                { Agent, $"${Fields.AgentId}" },
                { Model, $"${EventLoopMetricsDocument.ModelPath}" },
            }
        },
        { TurnCount, new BsonDocument("$sum", 1) },
    }.AddRange(Sums.Select(static sum => new BsonElement(sum.Name, new BsonDocument("$sum", $"${sum.Path}"))));

    public static SessionUsage Read(IEnumerable<BsonDocument> groups)
    {
        AgentUsage[] agents =
        [
            .. groups
                .Select(Read)
                .OrderBy(static usage => usage.AgentId, StringComparer.Ordinal)
                .ThenBy(static usage => usage.Model, StringComparer.Ordinal),
        ];
        return new SessionUsage { Agents = agents, Total = agents.Aggregate(new EventLoopMetrics(), static (total, usage) => total.Plus(usage.Metrics)) };
    }

    private static AgentUsage Read(BsonDocument group)
    {
        var key = group[Fields.Id].AsBsonDocument;
        var model = key.GetValue(Model, BsonNull.Value) is BsonString name ? name.Value : null;
        return new AgentUsage
        {
            AgentId = key[Agent].AsString,
            Model = model,
            TurnCount = group[TurnCount].ToInt32(),
            Metrics = new EventLoopMetrics
            {
                Model = model,
                Latency = TimeSpan.FromMilliseconds(group["latency"].ToDouble()),
                TimeToFirstByte = TimeSpan.FromMilliseconds(group["first_byte"].ToDouble()),
                InputTokens = group["input"].ToInt64(),
                OutputTokens = group["output"].ToInt64(),
                TotalTokens = group["total"].ToInt64(),
                CacheReadInputTokens = group["cache_read"].ToInt64(),
                CacheWriteInputTokens = group["cache_write"].ToInt64(),
                CycleCount = group["cycles"].ToInt64(),
                TotalDuration = TimeSpan.FromSeconds(group["duration"].ToDouble()),
            },
        };
    }
}
