using Microsoft.Extensions.AI;

namespace SessionManager.Conformance;

/// <summary>
/// Several messages appended at once: all or none, and in their order, also beside other writers.
/// </summary>
public abstract class AppendMessagesTests(ConformanceFixture fixture) : ConformanceTests(fixture)
{
    [Fact]
    public async Task AppendMessagesAsync_Several_AreStoredInTheirOrder()
    {
        var (session, agent) = await StartAsync();
        await session.AppendMessageAsync(User("first"), agent, Cancellation);

        var ids = await session.AppendMessagesAsync([User("a"), Assistant("b"), User("c")], agent, Cancellation);

        Assert.Equal([1, 2, 3], ids);
        var stored = await session.ListMessagesAsync("support", cancellationToken: Cancellation);
        Assert.Equal(["first", "a", "b", "c"], stored.Select(message => message.Message.Text));
        Assert.Equal(4, await session.AppendMessageAsync(User(), agent, Cancellation));
    }

    [Fact]
    public async Task AppendMessagesAsync_None_ChangesNothing()
    {
        var (session, agent) = await StartAsync();

        Assert.Empty(await session.AppendMessagesAsync([], agent, Cancellation));
        Assert.Empty((await Storage.AppendMessagesAsync(SessionId, await BranchAsync(), [], 7, null, false, Cancellation))!);

        Assert.Equal(0, await session.GetMessageCountAsync("support", Cancellation));
    }

    [Fact]
    public async Task AppendMessagesAsync_ManagerThatHasNotInitialized_ContinuesTheHistory()
    {
        var (session, agent) = await StartAsync();
        await session.AppendMessageAsync(User(), agent, Cancellation);

        Assert.Equal([1, 2], await Open().AppendMessagesAsync([User(), User()], CreateAgent(), Cancellation));
        Assert.Equal([3, 4], await Storage.AppendMessagesAsync(SessionId, await BranchAsync(), [User(), User()], nextPosition: null, metrics: null, onlyThere: false, Cancellation));
    }

    [Fact]
    public async Task AppendMessagesAsync_UnknownAgentOrSession_Throws()
    {
        var (session, _) = await StartAsync();

        await Assert.ThrowsAsync<AgentNotFoundException>(() => session.AppendMessagesAsync([User()], CreateAgent("other"), Cancellation));
        await Assert.ThrowsAsync<SessionNotFoundException>(
            () => Factory.Create(NewSessionId()).AppendMessagesAsync([User()], CreateAgent(), Cancellation));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AppendMessagesAsync_OneThatCannotBeStored_StoresNone(bool isNull)
    {
        var (session, agent) = await StartAsync();
        var unstorable = isNull ? null! : new ChatMessage(ChatRole.User, "x") { AdditionalProperties = new() { ["type"] = typeof(string) } };

        var exception = await Assert.ThrowsAnyAsync<ArgumentException>(
            () => session.AppendMessagesAsync([User(), unstorable, User()], agent, Cancellation));

        Assert.Contains("message", exception.ParamName, StringComparison.Ordinal);
        Assert.Equal(0, await session.GetMessageCountAsync("support", Cancellation));
        Assert.Equal([0], await session.AppendMessagesAsync([User()], agent, Cancellation));
    }

    [Fact]
    public async Task AppendMessagesAsync_AnotherWriterInBetween_KeepsTheOrder()
    {
        var (session, agent) = await StartAsync();
        var (other, otherAgent) = await StartAsync();
        await other.AppendMessagesAsync([User("other 1"), User("other 2")], otherAgent, Cancellation);

        var ids = await session.AppendMessagesAsync([User("a"), User("b"), User("c")], agent, Cancellation);

        Assert.Equal([2, 3, 4], ids);
        var stored = await session.ListMessagesAsync("support", cancellationToken: Cancellation);
        Assert.Equal(["other 1", "other 2", "a", "b", "c"], stored.Select(message => message.Message.Text));
    }

    [Fact]
    public async Task AppendMessagesAsync_TwoWriters_StoreEverythingInOrderUnderContiguousIds()
    {
        var writers = await Task.WhenAll(StartAsync(), StartAsync());

        await Task.WhenAll(writers.Select((writer, index) => Task.Run(async () =>
        {
            for (var i = 0; i < 60; i += 3)
            {
                await writer.Session.AppendMessagesAsync(
                    [User($"{index}-{i:00}"), Assistant($"{index}-{i + 1:00}"), User($"{index}-{i + 2:00}")], writer.Agent, Cancellation);
            }
        })));

        var stored = await Open().ListMessagesAsync("support", cancellationToken: Cancellation);
        Assert.Equal(Enumerable.Range(0, 120), stored.Select(message => message.Position));
        foreach (var index in new[] { "0-", "1-" })
        {
            var own = stored.Select(message => message.Message.Text).Where(text => text.StartsWith(index, StringComparison.Ordinal)).ToArray();
            Assert.Equal(60, own.Length);
            Assert.Equal(own.Order(StringComparer.Ordinal), own);
        }
    }

    [Fact]
    public async Task AppendMessageAsync_MetricsGainedBefore_AreStoredWithTheAssistantsMessage()
    {
        var (session, agent) = await StartAsync();
        agent.Metrics.AddModelCall(new UsageDetails { InputTokenCount = 10, OutputTokenCount = 2 }, TimeSpan.FromMilliseconds(700));

        await session.AppendMessageAsync(User(), agent, Cancellation);
        await session.AppendMessageAsync(Assistant(), agent, Cancellation);

        var stored = await session.ListMessagesAsync("support", cancellationToken: Cancellation);
        Assert.Null(stored[0].EventLoopMetrics);
        Assert.Equal((10, 2, 1, "model-1"), Numbers(stored[1].EventLoopMetrics));
        Assert.Equal(TimeSpan.FromMilliseconds(700), stored[1].EventLoopMetrics!.Latency);
    }

    [Fact]
    public async Task AppendMessagesAsync_MetricsGainedBefore_AreStoredWithTheLastAssistantsMessage()
    {
        var (session, agent) = await StartAsync();
        agent.Metrics.AddModelCall(new UsageDetails { InputTokenCount = 10, OutputTokenCount = 2 }, TimeSpan.Zero);

        await session.AppendMessagesAsync([Assistant("call"), User("result"), Assistant("answer"), User("more")], agent, Cancellation);

        var stored = await session.ListMessagesAsync("support", cancellationToken: Cancellation);
        Assert.Equal([false, false, true, false], stored.Select(message => message.EventLoopMetrics is not null));
        Assert.Equal((10, 2, 1, "model-1"), Numbers(stored[2].EventLoopMetrics));
    }

    [Fact]
    public async Task SyncAgentAsync_MetricsGainedBeforeAndAfterTheAppend_CountOnce()
    {
        var (session, agent) = await StartAsync();
        agent.Metrics.AddModelCall(new UsageDetails { InputTokenCount = 10 }, TimeSpan.Zero);
        await session.AppendMessageAsync(Assistant("call"), agent, Cancellation);
        agent.Metrics.AddModelCall(new UsageDetails { InputTokenCount = 5 }, TimeSpan.Zero);

        await session.SyncAgentAsync(agent, Cancellation);
        agent.Metrics.AddModelCall(new UsageDetails { InputTokenCount = 3 }, TimeSpan.Zero);
        await session.AppendMessageAsync(Assistant("answer"), agent, Cancellation);
        await session.SyncAgentAsync(agent, Cancellation);

        var stored = await session.ListMessagesAsync("support", cancellationToken: Cancellation);
        Assert.Equal([15L, 3L], stored.Select(message => message.EventLoopMetrics!.InputTokens));
        Assert.Equal(18, (await session.GetUsageAsync(Cancellation)).Total.InputTokens);
    }

    private static (long, long, long, string?) Numbers(EventLoopMetrics? metrics)
    {
        Assert.NotNull(metrics);
        return (metrics.InputTokens, metrics.OutputTokens, metrics.CycleCount, metrics.Model);
    }
}
