using System.Text.Json.Nodes;
using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.AI;
using MongoDB.Bson;

namespace SessionManager.Benchmarks;

/// <summary>
/// The end of a turn: the state has changed, and there are metrics for the last message.
/// </summary>
public class SyncBenchmarks : SessionBenchmarks
{
    private readonly UsageDetails _usage = new() { InputTokenCount = 100, OutputTokenCount = 50, TotalTokenCount = 150 };
    private int _turn;

    [Benchmark(Baseline = true)]
    public Task SyncRaw()
    {
        var turn = ++_turn;
        return Task.WhenAll(
            Raw.UpdateStateAsync(new BsonDocument { { "step", "shipping" }, { "items", new BsonArray { 1, 2, 3 } }, { "turn", turn } }),
            Raw.SetMetricsAsync(messageId: 0, RawMessage.ToMetrics(turn)));
    }

    [Benchmark(Description = "Sync, state and metrics")]
    public Task Sync()
    {
        Agent.State["turn"] = ++_turn;
        Agent.Metrics.AddModelCall(_usage, TimeSpan.FromMilliseconds(800));
        return Session.SyncAgentAsync(Agent);
    }

    private protected override async Task PrepareAsync()
    {
        Agent.State = new JsonObject { ["step"] = "shipping", ["items"] = new JsonArray(1, 2, 3), ["turn"] = 0 };
        await Session.AppendMessageAsync(new ChatMessage(ChatRole.Assistant, BenchmarkDatabase.Text), Agent);
        await Session.SyncAgentAsync(Agent);
    }
}
