namespace SessionManager.Conformance;

/// <summary>
/// Runs: one at a time for each agent of a session.
/// </summary>
public abstract class RunTests(ConformanceFixture fixture) : ConformanceTests(fixture)
{
    private static readonly RunRequest Brief = new("brief", "test", TimeSpan.FromMilliseconds(1));

    [Fact]
    public async Task StartRunAsync_NewSession_IsThereWithItsRun()
    {
        var agent = CreateAgent();
        var run = await Open().StartRunAsync(agent, cancellationToken: Cancellation);

        Assert.True(run.Initialization.IsNewAgent);
        Assert.Equal((SessionId, "support"), (run.SessionId, run.AgentId));
        Assert.Equal((await BranchAsync()).Number, run.Branch.Number);
        Assert.False((await GetRunAsync())!.IsReleased);

        await run.CompleteAsync(Cancellation);
        Assert.True((await GetRunAsync())!.IsReleased);
    }

    [Fact]
    public async Task StartRunAsync_OneTurnAfterTheOther_EachSeesTheOneBefore()
    {
        for (var i = 0; i < 5; i++)
        {
            var (session, agent) = (Open(), CreateAgent());
            await using var run = await session.StartRunAsync(agent, cancellationToken: Cancellation);
            Assert.Equal(2 * i, agent.Messages.Count);
            await session.AppendMessageAsync(User($"q{i}"), agent, Cancellation);
            await session.AppendMessageAsync(Assistant($"a{i}"), agent, Cancellation);
            agent.State["turn"] = i;
            await run.CompleteAsync(Cancellation);
        }

        var loaded = CreateAgent();
        await Open().InitializeAsync(loaded, Cancellation);
        Assert.Equal(["q0", "a0", "q1", "a1", "q2", "a2", "q3", "a3", "q4", "a4"], loaded.Messages.Select(message => message.Text));
        Assert.Equal(4, (int)loaded.State["turn"]!);
        Assert.Empty((await BranchAsync()).Base);
    }

    [Fact]
    public async Task StartRunAsync_AnotherOneGoesOn_FailsAtOnceAndWritesNothing()
    {
        var (session, agent) = (Open(), CreateAgent());
        await using var run = await session.StartRunAsync(agent, cancellationToken: Cancellation);
        await session.AppendMessageAsync(User("q"), agent, Cancellation);
        var before = await GetRunAsync();

        var busy = await InNewFlow(() => Assert.ThrowsAsync<SessionBusyException>(() => Open().StartRunAsync(CreateAgent(), whenBusy: WhenBusy.Fail, cancellationToken: Cancellation)));
        await InNewFlow(() => Assert.ThrowsAsync<SessionBusyException>(() => Open().RewindAsync("support", 0, WhenBusy.Fail, Cancellation)));

        Assert.Equal((SessionId, "support"), (busy.SessionId, busy.AgentId));
        Assert.Equal((before!.Since, before.Until), (busy.Since, busy.Until));
        Assert.Equal(before, await GetRunAsync());
        Assert.Equal(1, await session.GetMessageCountAsync("support", Cancellation));
    }

    [Fact]
    public async Task StartRunAsync_OtherAgentOfTheSession_HasItsOwnRun()
    {
        await using var one = await Open().StartRunAsync(CreateAgent(), cancellationToken: Cancellation);
        await using var other = await Open().StartRunAsync(CreateAgent("sales"), whenBusy: WhenBusy.Fail, cancellationToken: Cancellation);

        Assert.NotEqual(one.Branch.Number, other.Branch.Number);
    }

    [Fact]
    public async Task StartRunAsync_InTheFlowOfARun_FailsAtOnceInsteadOfWaitingForItself()
    {
        await using var run = await Open().StartRunAsync(CreateAgent(), cancellationToken: Cancellation);

        await Assert.ThrowsAsync<SessionBusyException>(() => Open().StartRunAsync(CreateAgent(), cancellationToken: Cancellation));
        await Assert.ThrowsAsync<SessionBusyException>(() => Open().ClearAsync("support", cancellationToken: Cancellation));
        await run.CompleteAsync(Cancellation);

        await using var next = await Open().StartRunAsync(CreateAgent(), whenBusy: WhenBusy.Fail, cancellationToken: Cancellation);
    }

    [Fact]
    public async Task StartRunAsync_Interleave_IsRefused()
    {
        await Assert.ThrowsAsync<ArgumentException>("whenBusy", () => Open().StartRunAsync(CreateAgent(), whenBusy: WhenBusy.Interleave, cancellationToken: Cancellation));
        Assert.False(await Open().SessionExistsAsync(Cancellation));
    }

    [Fact]
    public async Task StartRunAsync_ManyWaitInOneProcess_ComeInTheirOrder()
    {
        var first = await InNewFlow(() => Open().StartRunAsync(CreateAgent(), cancellationToken: Cancellation));
        List<(ISessionManager Session, SessionAgent Agent, Task<ISessionRun> Run)> waiting = [];
        for (var i = 0; i < 10; i++)
        {
            var (session, agent) = (Open(), CreateAgent());
            waiting.Add((session, agent, session.StartRunAsync(agent, cancellationToken: Cancellation)));
        }

        await first.CompleteAsync(Cancellation);
        for (var i = 0; i < waiting.Count; i++)
        {
            var (session, agent, started) = waiting[i];
            var run = await started.WaitAsync(TimeSpan.FromSeconds(30), Cancellation);
            Assert.All(waiting.Skip(i + 1), later => Assert.False(later.Run.IsCompleted));
            Assert.Equal(i, agent.Messages.Count);
            await session.AppendMessageAsync(User($"{i}"), agent, Cancellation);
            await run.CompleteAsync(Cancellation);
        }
    }

    [Fact]
    public async Task StartRunAsync_WaitsForTooLong_IsBusy()
    {
        await using var run = await Open().StartRunAsync(CreateAgent(), cancellationToken: Cancellation);
        var waiting = InNewFlow(() => Assert.ThrowsAsync<SessionBusyException>(
            () => Open().StartRunAsync(CreateAgent(), whenBusy: WhenBusy.Wait(TimeSpan.FromSeconds(2)), cancellationToken: Cancellation)));

        while (!waiting.IsCompleted)
        {
            Clock.Advance(TimeSpan.FromMilliseconds(200));
            await Task.Delay(5, Cancellation);
        }

        await waiting;
        Assert.False(run.Lost.IsCancellationRequested);
    }

    [Fact]
    public async Task StartRunAsync_TakeOver_GoesOnWithoutWhatTheOtherOneStoresLater()
    {
        var (session, agent) = (Open(), CreateAgent());
        var run = await session.StartRunAsync(agent, cancellationToken: Cancellation);
        await session.AppendMessageAsync(User("q1"), agent, Cancellation);

        var (other, otherAgent) = (Open(), CreateAgent());
        var taken = await InNewFlow(() => other.StartRunAsync(otherAgent, whenBusy: WhenBusy.TakeOver, cancellationToken: Cancellation));
        await session.AppendMessageAsync(Assistant("late"), agent, Cancellation);
        await other.AppendMessageAsync(Assistant("a1"), otherAgent, Cancellation);
        agent.State["late"] = true;

        Assert.Equal(["q1"], otherAgent.Messages.Select(message => message.Text));
        Assert.Equal([new BranchSegment(run.Branch.Number, 1)], taken.Branch.Base);
        var lost = await Assert.ThrowsAsync<SessionRunLostException>(() => run.CompleteAsync(Cancellation));
        Assert.Equal(run.Branch.Number, lost.Branch.Number);
        Assert.True(run.Lost.IsCancellationRequested);
        Assert.False(run.IsStopRequested);
        await run.DisposeAsync();
        await taken.CompleteAsync(Cancellation);

        var loaded = CreateAgent();
        await Open().InitializeAsync(loaded, Cancellation);
        Assert.Equal(["q1", "a1"], loaded.Messages.Select(message => message.Text));
        Assert.False(loaded.State.ContainsKey("late"));
        Assert.Equal(["q1", "late"], (await Open().ListMessagesAsync("support", new MessageQuery { Branch = run.Branch.Number }, Cancellation)).Select(message => message.Message.Text));
    }

    [Fact]
    public async Task StartRunAsync_HolderHasDied_IsTakenOverWithAllThatItHadStored()
    {
        var (session, agent) = await StartAsync();
        await session.AppendMessageAsync(User("q1"), agent, Cancellation);
        await Storage.GetOrAddAgentAsync(SessionId, new StoredAgent { AgentId = "support" }, [], null, null, Brief, mustExist: false, Cancellation);
        await PassTermAsync();

        var next = CreateAgent();
        await using var run = await Open().StartRunAsync(next, whenBusy: WhenBusy.Fail, cancellationToken: Cancellation);

        Assert.Equal(["q1"], next.Messages.Select(message => message.Text));
        Assert.Equal(1, run.Branch.Start);
        Assert.Null(await Storage.TryRenewRunAsync(SessionId, "support", Brief, Cancellation));
    }

    [Fact]
    public async Task DisposeAsync_WithoutCompletion_LetsTheNextOneInAndStoresNoState()
    {
        var (session, agent) = (Open(), CreateAgent());
        await using (await session.StartRunAsync(agent, cancellationToken: Cancellation))
        {
            await session.AppendMessageAsync(User("q1"), agent, Cancellation);
            agent.State["unfinished"] = true;
        }

        var next = CreateAgent();
        await using var run = await Open().StartRunAsync(next, whenBusy: WhenBusy.Fail, cancellationToken: Cancellation);
        Assert.Equal(["q1"], next.Messages.Select(message => message.Text));
        Assert.Empty(next.State);
        Assert.Empty(run.Branch.Base);
    }

    [Fact]
    public async Task RequestStopAsync_RunGoesOn_TellsItAtItsNextSignOfLife()
    {
        await using var run = await Open().StartRunAsync(CreateAgent(), cancellationToken: Cancellation);
        var stopped = new TaskCompletionSource();
        await using var registration = run.Lost.Register(stopped.SetResult);

        Assert.True(await Open().RequestStopAsync("support", Cancellation));
        Assert.False(await Open().RequestStopAsync("nobody", Cancellation));
        while (!stopped.Task.IsCompleted)
        {
            // In small steps: a sign of life has ten seconds of this clock to come through.
            Clock.Advance(TimeSpan.FromMilliseconds(500));
            await Task.Delay(5, Cancellation);
        }

        Assert.True(run.IsStopRequested);
        await run.CompleteAsync(Cancellation);
        Assert.False(await Open().RequestStopAsync("support", Cancellation));

        await using var next = await Open().StartRunAsync(CreateAgent(), whenBusy: WhenBusy.Fail, cancellationToken: Cancellation);
        Assert.False((await GetRunAsync())!.IsStopRequested);
    }

    [Fact]
    public async Task StartRunAsync_RewindTo_LoadsWhatStandsBeforeAndGoesOnThere()
    {
        var (session, agent) = await StartAsync();
        await session.AppendMessagesAsync([User("q1"), Assistant("a1"), User("q2"), Assistant("a2")], agent, Cancellation);
        var before = await BranchAsync();

        var again = CreateAgent();
        var (other, options) = (Open(), new AgentInitializationOptions { RewindTo = 3 });
        await using (var run = await other.StartRunAsync(again, options, cancellationToken: Cancellation))
        {
            Assert.Equal(["q1", "a1", "q2"], again.Messages.Select(message => message.Text));
            Assert.Equal(3, await other.AppendMessageAsync(Assistant("a3"), again, Cancellation));
            await run.CompleteAsync(Cancellation);
        }

        Assert.Equal(["q1", "a1", "q2", "a3"], (await Open().ListMessagesAsync("support", cancellationToken: Cancellation)).Select(message => message.Message.Text));
        Assert.Equal(4, (await Open().ListMessagesAsync("support", new MessageQuery { Branch = before.Number }, Cancellation)).Count);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Open().StartRunAsync(CreateAgent(), new() { RewindTo = 5 }, cancellationToken: Cancellation));
        await using var next = await Open().StartRunAsync(CreateAgent(), whenBusy: WhenBusy.Fail, cancellationToken: Cancellation);
    }

    [Fact]
    public async Task AppendMessageAsync_WriterWithoutARunInBetween_BothAreKept()
    {
        var (plain, plainAgent) = await StartAsync();
        var (session, agent) = (Open(), CreateAgent());
        await using var run = await session.StartRunAsync(agent, cancellationToken: Cancellation);
        await plain.AppendMessageAsync(User("between"), plainAgent, Cancellation);

        Assert.Equal(1, await session.AppendMessageAsync(User("q"), agent, Cancellation));
        await run.CompleteAsync(Cancellation);

        Assert.Equal(["between", "q"], (await Open().ListMessagesAsync("support", cancellationToken: Cancellation)).Select(message => message.Message.Text));
    }

    [Fact]
    public async Task UpdateAgentAsync_Fence_DecidesWhetherItIsWritten()
    {
        await StartAsync();
        await Storage.GetOrAddAgentAsync(SessionId, new StoredAgent { AgentId = "support" }, [], null, null, Brief, mustExist: false, Cancellation);
        var branch = await BranchAsync();
        StoredAgent Update(string model) => new() { AgentId = "support", Model = model };

        Assert.False(await Storage.UpdateAgentAsync(SessionId, Update("other"), new HistoryFence { RunToken = "another" }, Cancellation));
        Assert.False(await Storage.UpdateAgentAsync(SessionId, Update("other"), new HistoryFence { Branch = branch.Number + 1 }, Cancellation));
        Assert.Equal("model-1", (await Open().GetAgentConfigAsync("support", Cancellation))!.Model);
        Assert.True(await Storage.UpdateAgentAsync(SessionId, Update("m2"), new HistoryFence { RunToken = "brief", Branch = branch.Number, ReleasedEnd = 0 }, Cancellation));
        Assert.True(await Storage.UpdateAgentAsync(SessionId, Update("m3"), new HistoryFence { RunToken = "brief", ReleasedEnd = 0 }, Cancellation));
        Assert.True((await GetRunAsync())!.IsReleased);
        Assert.Equal("m3", (await Open().GetAgentConfigAsync("support", Cancellation))!.Model);
    }

    [Fact]
    public async Task TryChangeHistoryAsync_ChangedSinceItWasRead_ChangesNothing()
    {
        await StartAsync();
        var history = (await Storage.GetAgentAsync(SessionId, "support", Cancellation))!.History!;
        var change = new HistoryChange { Expected = history, Base = [], Run = Brief, IsReleased = true };

        Assert.NotNull(await Storage.TryChangeHistoryAsync(SessionId, change, Cancellation));
        Assert.Null(await Storage.TryChangeHistoryAsync(SessionId, change with { Run = Brief with { Token = "second" } }, Cancellation));

        var now = (await Storage.GetAgentAsync(SessionId, "support", Cancellation))!.History!;
        Assert.Equal(("brief", history.NextBranch, history.NextBranch + 1), (now.Run!.Token, now.Branch.Number, now.NextBranch));
        Assert.Null(await Storage.TryChangeHistoryAsync(SessionId, change with { Expected = now, ExpectedRemovedCount = 1 }, Cancellation));
    }

    [Fact]
    public async Task TryChangeHistoryAsync_RunHasEndedSinceItWasRead_ChangesNothing()
    {
        await StartAsync();
        await Storage.GetOrAddAgentAsync(SessionId, new StoredAgent { AgentId = "support" }, [], null, null, Brief, mustExist: false, Cancellation);
        var history = (await Storage.GetAgentAsync(SessionId, "support", Cancellation))!.History!;
        var change = new HistoryChange { Expected = history, Base = [], Run = Brief with { Token = "second" } };

        // With a message that was stored after it was read.
        Assert.True(await Storage.UpdateAgentAsync(
            SessionId, new StoredAgent { AgentId = "support" }, new HistoryFence { RunToken = "brief", ReleasedEnd = 0 }, Cancellation));

        Assert.Null(await Storage.TryChangeHistoryAsync(SessionId, change, Cancellation));
        var now = (await Storage.GetAgentAsync(SessionId, "support", Cancellation))!.History!;
        Assert.NotNull(await Storage.TryChangeHistoryAsync(SessionId, change with { Expected = now }, Cancellation));
    }

    [Fact]
    public async Task TryChangeHistoryAsync_OnlyIfExpired_WaitsForTheEndOfTheTerm()
    {
        await StartAsync();
        var living = Brief with { Term = TimeSpan.FromHours(1) };
        await Storage.GetOrAddAgentAsync(SessionId, new StoredAgent { AgentId = "support" }, [], null, null, living, mustExist: false, Cancellation);
        var history = (await Storage.GetAgentAsync(SessionId, "support", Cancellation))!.History!;
        var change = new HistoryChange { Expected = history, OnlyIfExpired = true, Base = [], Run = Brief with { Token = "second" } };

        Assert.Null(await Storage.TryChangeHistoryAsync(SessionId, change, Cancellation));
        Assert.NotNull(await Storage.TryRenewRunAsync(SessionId, "support", living with { Term = Brief.Term }, Cancellation));
        await PassTermAsync();
        var renewed = (await Storage.GetAgentAsync(SessionId, "support", Cancellation))!.History!;
        Assert.NotNull(await Storage.TryChangeHistoryAsync(SessionId, change with { Expected = renewed }, Cancellation));
    }

    // A term of a storage with a clock of its own, and of one with the suite's.
    private async Task PassTermAsync()
    {
        await Task.Delay(50, Cancellation);
        Clock.Advance(TimeSpan.FromDays(1));
    }

    private async Task<StoredRun?> GetRunAsync() => (await Storage.GetAgentAsync(SessionId, "support", Cancellation))?.History?.Run;

    // As another request would, which is no part of the test's run.
    private static Task<T> InNewFlow<T>(Func<Task<T>> callAsync)
    {
        using (ExecutionContext.SuppressFlow())
        {
            return Task.Run(callAsync);
        }
    }
}
