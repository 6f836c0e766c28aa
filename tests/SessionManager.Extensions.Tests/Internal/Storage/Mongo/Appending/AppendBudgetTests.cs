namespace SessionManager.Internal.Storage.Mongo.Appending;

public sealed class AppendBudgetTests
{
    private readonly AppendBudget _budget = new(maxMessages: 2, maxBytes: 100);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task EnterAsync_NumberReached_WaitsUntilOneLeaves()
    {
        using var first = await _budget.EnterAsync(1, Cancellation);
        var second = await _budget.EnterAsync(1, Cancellation);

        var third = _budget.EnterAsync(1, Cancellation);

        Assert.False(third.IsCompleted);
        second.Dispose();
        (await third).Dispose();
    }

    [Fact]
    public async Task EnterAsync_BytesReached_WaitsUntilTheyAreGivenBack()
    {
        var first = await _budget.EnterAsync(1, Cancellation);
        first.Take(100);

        var second = _budget.EnterAsync(1, Cancellation);

        Assert.False(second.IsCompleted);
        first.Dispose();
        (await second).Dispose();
    }

    [Fact]
    public async Task EnterAsync_BytesLeft_LetsInWhateverItsSize()
    {
        using var first = await _budget.EnterAsync(1, Cancellation);
        first.Take(99);

        var second = _budget.EnterAsync(1, Cancellation);

        Assert.True(second.IsCompletedSuccessfully);
        using var share = await second;
        share.Take(1_000);
    }

    [Fact]
    public async Task EnterAsync_SeveralWait_FirstComeFirstServed()
    {
        var first = await _budget.EnterAsync(1, Cancellation);
        using var second = await _budget.EnterAsync(1, Cancellation);
        var third = _budget.EnterAsync(1, Cancellation);
        var fourth = _budget.EnterAsync(1, Cancellation);

        first.Dispose();

        using var share = await third;
        Assert.False(fourth.IsCompleted);
        share.Dispose();
        (await fourth).Dispose();
    }

    [Fact]
    public async Task EnterAsync_CancelledWhileItWaits_EndsAtOnceAndTakesNoRoom()
    {
        using var cancellation = new CancellationTokenSource();
        var first = await _budget.EnterAsync(1, Cancellation);
        using var second = await _budget.EnterAsync(1, Cancellation);
        var cancelled = _budget.EnterAsync(1, cancellation.Token);
        var next = _budget.EnterAsync(1, Cancellation);

        await cancellation.CancelAsync();
        first.Dispose();

        var exception = await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await cancelled);
        Assert.Equal(cancellation.Token, exception.CancellationToken);
        (await next).Dispose();
    }
}
