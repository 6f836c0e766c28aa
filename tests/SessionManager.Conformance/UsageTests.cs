using Microsoft.Extensions.AI;

namespace SessionManager.Conformance;

/// <summary>
/// What the turns of a session have cost, by agent and model.
/// </summary>
public abstract class UsageTests(ConformanceFixture fixture) : ConformanceTests(fixture)
{
    [Fact]
    public async Task GetUsageAsync_SeveralTurns_CountsEachOnce()
    {
        // Metrics are cumulative in the reference: messages with 17933 and 41591 tokens add up to 59524 (fault 55).
        var (session, agent) = await StartAsync();
        await TurnAsync(session, agent, 17933);
        await TurnAsync(session, agent, 41591 - 17933);

        var usage = await session.GetUsageAsync(Cancellation);

        Assert.Equal(41591, usage.Total.TotalTokens);
        Assert.Equal(2, Assert.Single(usage.Agents).TurnCount);
    }

    [Fact]
    public async Task GetUsageAsync_SeveralAgentsAndModels_AreListedInOrder()
    {
        var (session, agent) = await StartAsync();
        var billing = CreateAgent("billing");
        await session.InitializeAsync(billing, Cancellation);
        await TurnAsync(session, agent, 10);
        agent.Model = "model-0";
        await session.SyncAgentAsync(agent, Cancellation);
        await TurnAsync(session, agent, 20);
        await TurnAsync(session, billing, 5);

        var usage = await session.GetUsageAsync(Cancellation);

        Assert.Equal(
            [("billing", "model-1", 1, 5L), ("support", "model-0", 1, 20L), ("support", "model-1", 1, 10L)],
            usage.Agents.Select(entry => (entry.AgentId, entry.Model!, entry.TurnCount, entry.Metrics.TotalTokens)));
        Assert.Equal(35, usage.Total.TotalTokens);
    }

    [Fact]
    public async Task GetUsageAsync_EveryNumber_IsSummed()
    {
        var (session, agent) = await StartAsync();
        var turn = new EventLoopMetrics
        {
            Latency = TimeSpan.FromMilliseconds(1500),
            TimeToFirstByte = TimeSpan.FromMilliseconds(250),
            InputTokens = 1,
            OutputTokens = 2,
            TotalTokens = 3_000_000_000,
            CacheReadInputTokens = 4,
            CacheWriteInputTokens = 5,
            CycleCount = 6,
            TotalDuration = TimeSpan.FromSeconds(2),
            ToolUsage = new Dictionary<string, ToolMetrics> { ["find"] = new() { CallCount = 1 } },
        };
        for (var i = 0; i < 2; i++)
        {
            await session.AppendMessageAsync(Assistant(), agent, Cancellation);
            await Storage.SetEventLoopMetricsAsync(SessionId, await BranchAsync(), i, turn, Cancellation);
        }

        var usage = await session.GetUsageAsync(Cancellation);

        var total = usage.Total;
        Assert.Equal((3.0, 0.5, 4.0), (total.Latency.TotalSeconds, total.TimeToFirstByte.TotalSeconds, total.TotalDuration.TotalSeconds));
        Assert.Equal(
            (2, 4, 6_000_000_000, 8, 10, 12),
            (total.InputTokens, total.OutputTokens, total.TotalTokens, total.CacheReadInputTokens, total.CacheWriteInputTokens, total.CycleCount));
        Assert.Empty(total.ToolUsage);
        var entry = Assert.Single(usage.Agents);
        Assert.Null(entry.Model);
        Assert.Equal(6_000_000_000, entry.Metrics.TotalTokens);
    }

    [Fact]
    public async Task GetUsageAsync_NothingRecorded_IsZero()
    {
        var (session, agent) = await StartAsync();
        await session.AppendMessageAsync(Assistant(), agent, Cancellation);

        var usage = await session.GetUsageAsync(Cancellation);

        Assert.Empty(usage.Agents);
        Assert.Equal((0, TimeSpan.Zero), (usage.Total.TotalTokens, usage.Total.Latency));
    }

    [Fact]
    public async Task GetUsageAsync_RedactedMessage_StillCounts()
    {
        var (session, agent) = await StartAsync();
        await TurnAsync(session, agent, 10);

        await session.RedactLatestMessageAsync(Assistant("[redacted]"), agent, cancellationToken: Cancellation);

        Assert.Equal(10, (await session.GetUsageAsync(Cancellation)).Total.TotalTokens);
    }

    private static async Task TurnAsync(ISessionManager session, SessionAgent agent, int tokens)
    {
        await session.AppendMessageAsync(User(), agent, Cancellation);
        agent.Metrics.AddModelCall(new UsageDetails { InputTokenCount = tokens }, TimeSpan.FromMilliseconds(1));
        await session.AppendMessageAsync(Assistant(), agent, Cancellation);
        await session.SyncAgentAsync(agent, Cancellation);
    }
}
