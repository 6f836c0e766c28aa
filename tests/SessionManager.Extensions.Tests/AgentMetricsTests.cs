using Microsoft.Extensions.AI;

namespace SessionManager;

public sealed class AgentMetricsTests
{
    private readonly AgentMetrics _metrics = new();

    [Fact]
    public void GetTotals_NothingAdded_IsZero() => Assert.Equivalent(new EventLoopMetrics(), _metrics.GetTotals());

    [Fact]
    public void AddModelCall_TotalNotReported_IsInputAndOutput()
    {
        _metrics.AddModelCall(new UsageDetails { InputTokenCount = 3, OutputTokenCount = 4 }, TimeSpan.FromSeconds(1));

        Assert.Equal(7, _metrics.GetTotals().TotalTokens);
    }

    [Theory]
    [InlineData("CacheWriteInputTokens")]
    [InlineData("CacheCreationInputTokens")]
    [InlineData("cache_creation_input_tokens")]
    public void AddModelCall_CacheWritesInAdditionalCounts_AreCounted(string name)
    {
        _metrics.AddModelCall(new UsageDetails { AdditionalCounts = new() { [name] = 5 } }, TimeSpan.Zero);

        Assert.Equal(5, _metrics.GetTotals().CacheWriteInputTokens);
    }

    [Fact]
    public void AddModelCall_NegativeTimes_Throws()
    {
        Assert.Equal("latency", Assert.Throws<ArgumentOutOfRangeException>(() => _metrics.AddModelCall(null, TimeSpan.FromTicks(-1))).ParamName);
        Assert.Equal(
            "timeToFirstByte",
            Assert.Throws<ArgumentOutOfRangeException>(() => _metrics.AddModelCall(null, TimeSpan.Zero, TimeSpan.FromTicks(-1))).ParamName);
    }

    [Fact]
    public void AddToolCall_BadArguments_Throws()
    {
        Assert.Equal("toolName", Assert.Throws<ArgumentException>(() => _metrics.AddToolCall(" ", TimeSpan.Zero)).ParamName);
        Assert.Equal("duration", Assert.Throws<ArgumentOutOfRangeException>(() => _metrics.AddToolCall("t", TimeSpan.FromTicks(-1))).ParamName);
    }

    [Fact]
    public void GetTotals_Taken_IsNotChangedByLaterCalls()
    {
        _metrics.AddToolCall("t", TimeSpan.FromSeconds(1));
        var before = _metrics.GetTotals();

        _metrics.AddToolCall("t", TimeSpan.FromSeconds(1), succeeded: false);

        Assert.Equal(1, before.ToolUsage["t"].CallCount);
        Assert.Equal(0.5, _metrics.GetTotals().ToolUsage["t"].SuccessRate);
    }

    [Fact]
    public async Task Add_FromManyTasks_LosesNothing()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(
            () =>
            {
                for (var i = 0; i < 1000; i++)
                {
                    _metrics.AddModelCall(new UsageDetails { InputTokenCount = 1 }, TimeSpan.FromTicks(1));
                    _metrics.AddToolCall("t", TimeSpan.FromTicks(1));
                }
            },
            TestContext.Current.CancellationToken)));

        var totals = _metrics.GetTotals();
        Assert.Equal((8000L, 8000L, 8000L), (totals.InputTokens, totals.CycleCount, totals.ToolUsage["t"].CallCount));
    }
}
