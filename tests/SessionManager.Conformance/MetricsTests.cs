using Microsoft.Extensions.AI;

namespace SessionManager.Conformance;

/// <summary>
/// What a turn has cost, stored with the message that ended it.
/// </summary>
public abstract class MetricsTests(ConformanceFixture fixture) : ConformanceTests(fixture)
{
    [Fact]
    public async Task SyncAgentAsync_NothingCounted_StoresNoMetricsButTheConfiguration()
    {
        var (session, agent) = await StartAsync();
        await session.AppendMessageAsync(Assistant(), agent, Cancellation);
        agent.Model = "model-2";

        await session.SyncAgentAsync(agent, Cancellation);

        Assert.Null((await ListAsync())[0].EventLoopMetrics);
        Assert.Equal("model-2", (await session.GetAgentConfigAsync("support", Cancellation))?.Model);
    }

    [Fact]
    public async Task SyncAgentAsync_ModelCall_StoresItWithTheAssistantsMessage()
    {
        var (session, agent) = await StartAsync();
        await session.AppendMessageAsync(User(), agent, Cancellation);
        agent.Metrics.AddModelCall(
            new UsageDetails
            {
                InputTokenCount = 100,
                OutputTokenCount = 20,
                TotalTokenCount = 120,
                CachedInputTokenCount = 30,
                AdditionalCounts = new() { ["CacheCreationInputTokens"] = 7 },
            },
            TimeSpan.FromMilliseconds(1500),
            TimeSpan.FromMilliseconds(250));
        await session.AppendMessageAsync(Assistant(), agent, Cancellation);
        await session.SyncAgentAsync(agent, Cancellation);

        var messages = await ListAsync();

        Assert.Null(messages[0].EventLoopMetrics);
        var metrics = Assert.IsType<EventLoopMetrics>(messages[1].EventLoopMetrics);
        Assert.Equal((1500, 250), (metrics.Latency.TotalMilliseconds, metrics.TimeToFirstByte.TotalMilliseconds));
        Assert.Equal((100, 20, 120, 30, 7), (metrics.InputTokens, metrics.OutputTokens, metrics.TotalTokens, metrics.CacheReadInputTokens, metrics.CacheWriteInputTokens));
        Assert.Equal((1, 1.5, 1.5), (metrics.CycleCount, metrics.TotalDuration.TotalSeconds, metrics.AverageCycleTime.TotalSeconds));
        Assert.Empty(metrics.ToolUsage);
    }

    [Fact]
    public async Task SyncAgentAsync_ProviderThatReportsLittle_StoresZeros()
    {
        var (session, agent) = await StartAsync();
        await session.AppendMessageAsync(Assistant(), agent, Cancellation);
        agent.Metrics.AddModelCall(null, TimeSpan.FromMilliseconds(5));
        await session.SyncAgentAsync(agent, Cancellation);

        var metrics = (await ListAsync())[0].EventLoopMetrics;

        Assert.Equal((5, 0), (metrics?.Latency.TotalMilliseconds, metrics?.TimeToFirstByte.TotalMilliseconds));
        Assert.Equal((0, 0, 0), (metrics?.TotalTokens, metrics?.CacheReadInputTokens, metrics?.CacheWriteInputTokens));
    }

    [Fact]
    public async Task SyncAgentAsync_ToolCalls_StoresSixNumbersOfEachTool()
    {
        var (session, agent) = await StartAsync();
        await session.AppendMessageAsync(Assistant(), agent, Cancellation);
        agent.Metrics.AddToolCall("get.order", TimeSpan.FromMilliseconds(500));
        agent.Metrics.AddToolCall("get.order", TimeSpan.FromMilliseconds(1500), succeeded: false);
        agent.Metrics.AddToolCall("quick", TimeSpan.Zero);
        await session.SyncAgentAsync(agent, Cancellation);

        var tools = (await ListAsync())[0].EventLoopMetrics?.ToolUsage;

        Assert.NotNull(tools);
        Assert.Equal(["get.order", "quick"], tools.Keys);
        Assert.Equal(new ToolMetrics { CallCount = 2, SuccessCount = 1, ErrorCount = 1, TotalTime = TimeSpan.FromSeconds(2) }, tools["get.order"]);
        Assert.Equal((1.0, 0.5), (tools["get.order"].AverageTime.TotalSeconds, tools["get.order"].SuccessRate));
        Assert.Equal(0, tools["quick"].TotalTime.TotalSeconds);
    }

    [Fact]
    public async Task SyncAgentAsync_NoMessages_StoresNoMetricsAndDoesNotFail()
    {
        var (session, agent) = await StartAsync();
        agent.Metrics.AddModelCall(null, TimeSpan.FromMilliseconds(5));

        await session.SyncAgentAsync(agent, Cancellation);

        Assert.Empty(await ListAsync());
        Assert.Empty((await session.GetUsageAsync(Cancellation)).Agents);
    }

    [Fact]
    public async Task SetEventLoopMetricsAsync_UnknownMessage_WritesNothing()
    {
        await StartAsync();

        await Storage.SetEventLoopMetricsAsync(SessionId, await BranchAsync(), 99, new EventLoopMetrics { TotalTokens = 1 }, Cancellation);
        await Storage.SetEventLoopMetricsAsync(SessionId, new AgentBranch("other", 0), 0, new EventLoopMetrics { TotalTokens = 1 }, Cancellation);

        Assert.Empty(await ListAsync());
        Assert.Equal(0, await Open().GetMessageCountAsync("other", Cancellation));
    }

    [Fact]
    public async Task SetEventLoopMetricsAsync_Twice_KeepsTheLastAndMarksTheMessage()
    {
        var (session, agent) = await StartAsync();
        await session.AppendMessageAsync(Assistant(), agent, Cancellation);
        var created = (await ListAsync())[0].CreatedAt;
        Wait();

        await Storage.SetEventLoopMetricsAsync(SessionId, await BranchAsync(), 0, new EventLoopMetrics { TotalTokens = 1 }, Cancellation);
        await Storage.SetEventLoopMetricsAsync(SessionId, await BranchAsync(), 0, new EventLoopMetrics { TotalTokens = 2 }, Cancellation);

        var message = (await ListAsync())[0];
        Assert.Equal((2L, created, Now()), (message.EventLoopMetrics?.TotalTokens, message.CreatedAt, message.UpdatedAt));
    }

    private Task<IReadOnlyList<SessionMessage>> ListAsync() => Open().ListMessagesAsync("support", cancellationToken: Cancellation);
}
