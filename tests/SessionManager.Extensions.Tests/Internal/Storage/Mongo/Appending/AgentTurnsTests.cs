namespace SessionManager.Internal.Storage.Mongo.Appending;

public sealed class AgentTurnsTests
{
    private readonly AgentTurns _turns = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task EnterAsync_SameAgent_WaitsAndGoesOnFromWhatWasAppended()
    {
        var first = await _turns.EnterAsync("session", "agent", Cancellation);
        var waiting = _turns.EnterAsync("session", "agent", Cancellation);
        Assert.False(waiting.IsCompleted);

        first.Appended(7);
        first.Dispose();

        using var second = await waiting;
        Assert.Equal(8, second.GetNextMessageId(null));
        Assert.Equal(8, second.GetNextMessageId(3));
        Assert.Equal(9, second.GetNextMessageId(9));
    }

    [Theory]
    [InlineData("session", "other")]
    [InlineData("other", "agent")]
    public async Task EnterAsync_OtherAgent_DoesNotWait(string sessionId, string agentId)
    {
        using var first = await _turns.EnterAsync("session", "agent", Cancellation);

        var second = _turns.EnterAsync(sessionId, agentId, Cancellation);

        Assert.True(second.IsCompletedSuccessfully);
        (await second).Dispose();
    }

    [Fact]
    public async Task EnterAsync_AllHaveLeft_KnowsNothingOfThem()
    {
        var first = await _turns.EnterAsync("session", "agent", Cancellation);
        first.Appended(7);
        first.Dispose();

        using var second = await _turns.EnterAsync("session", "agent", Cancellation);

        // Another process, or a deletion, may have come in between.
        Assert.Null(second.GetNextMessageId(null));
        Assert.Equal(3, second.GetNextMessageId(3));
    }

    [Fact]
    public async Task EnterAsync_CancelledWhileItWaits_LetsTheNextOnePass()
    {
        using var cancellation = new CancellationTokenSource();
        var first = await _turns.EnterAsync("session", "agent", Cancellation);
        var cancelled = _turns.EnterAsync("session", "agent", cancellation.Token);
        var next = _turns.EnterAsync("session", "agent", Cancellation);

        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await cancelled);
        Assert.False(next.IsCompleted);

        first.Dispose();
        (await next).Dispose();
    }
}
