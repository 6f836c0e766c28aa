using System.Runtime.CompilerServices;

namespace SessionManager.Internal.Sessions;

public sealed class AgentPositionTests
{
    private const int Branch = 5;

    private readonly AgentPositions _positions = new();
    private readonly FakeSessionStorage _storage = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task EnterAsync_SameAgent_WaitsAndGoesOnFromWhatWasAppended()
    {
        var first = await Get().EnterAsync(Cancellation);
        var waiting = Get().EnterAsync(Cancellation);
        Assert.False(waiting.IsCompleted);

        Get().Appended(Branch, 7);
        first.Dispose();

        using var second = await waiting;
        Assert.Equal(8, Get().FindNext(Branch));
    }

    [Theory]
    [InlineData("session", "other")]
    [InlineData("other", "agent")]
    public async Task EnterAsync_OtherAgent_DoesNotWait(string sessionId, string agentId)
    {
        var position = Get();
        using var first = await position.EnterAsync(Cancellation);

        var second = Get(sessionId, agentId).EnterAsync(Cancellation);

        Assert.True(second.IsCompletedSuccessfully);
        (await second).Dispose();
    }

    [Fact]
    public async Task EnterAsync_CancelledWhileItWaits_LetsTheNextOnePass()
    {
        using var cancellation = new CancellationTokenSource();
        var position = Get();
        var first = await position.EnterAsync(Cancellation);
        var cancelled = position.EnterAsync(cancellation.Token);
        var next = position.EnterAsync(Cancellation);

        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await cancelled);
        Assert.False(next.IsCompleted);

        first.Dispose();
        (await next).Dispose();
    }

    [Fact]
    public void Loaded_NothingAppendedMeanwhile_Counts()
    {
        var position = Get();
        position.Appended(Branch, 7);

        // Another process has deleted the session, and this one has loaded it since.
        position.Loaded(Branch, 0, position.BeginLoad());

        Assert.Equal(0, position.FindNext(Branch));
    }

    [Fact]
    public void Loaded_SomethingAppendedMeanwhile_IsOlder()
    {
        var position = Get();
        var load = position.BeginLoad();
        position.Appended(Branch, 7);

        position.Loaded(Branch, 3, load);

        Assert.Equal(8, position.FindNext(Branch));
    }

    [Fact]
    public void Loaded_DeletedMeanwhile_IsOlder()
    {
        var position = Get();
        var load = position.BeginLoad();
        _positions.Forget(_storage, "session");

        position.Loaded(Branch, 3, load);

        Assert.Null(position.FindNext(Branch));
    }

    [Fact]
    public void Forget_Session_LeavesOthers()
    {
        AgentPosition[] all = [Get(), Get(agentId: "other"), Get("other"), _positions.Get(new FakeSessionStorage(), "session", "agent")];
        Array.ForEach(all, static position => position.Appended(Branch, 7));

        _positions.Forget(_storage, "session");

        Assert.Equal([null, null, 8, 8], all.Select(static position => position.FindNext(Branch)));
    }

    [Fact]
    public void Get_ManyThatNobodyKeeps_AreForgotten()
    {
        var kept = Get("kept");
        kept.Appended(Branch, 7);
        for (var round = 0; round < 20; round++)
        {
            GetMany(round);
            GC.Collect();
        }

        Assert.InRange(_positions.Count, 1, 4_000);
        Assert.Same(kept, Get("kept"));
    }

    [Fact]
    public void Get_NobodyKeepsIt_StartsAnew()
    {
        Append();
        GC.Collect();
        GC.WaitForPendingFinalizers();

        Assert.Null(Get().FindNext(Branch));
    }

    // Not inlined, so that no local variable keeps what it got.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void GetMany(int round)
    {
        for (var i = 0; i < 1_000; i++)
        {
            _ = Get($"{round}-{i}");
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Append() => Get().Appended(Branch, 7);

    private AgentPosition Get(string sessionId = "session", string agentId = "agent") => _positions.Get(_storage, sessionId, agentId);
}
