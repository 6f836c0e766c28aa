using Microsoft.Extensions.AI;

namespace SessionManager.Conformance;

/// <summary>
/// Copies of sessions.
/// </summary>
public abstract class ForkTests(ConformanceFixture fixture) : ConformanceTests(fixture)
{
    private readonly string _target = NewSessionId();

    [Fact]
    public async Task ForkAsync_SessionWithAgents_CopiesThemAndTheMetadata()
    {
        var (session, agent) = await StoreAsync("q1", "a1", "q2");
        agent.State["step"] = 2;
        await session.SyncAgentAsync(agent, Cancellation);
        var helper = CreateAgent("helper");
        await session.InitializeAsync(helper, Cancellation);
        await session.AppendMessageAsync(User("h1"), helper, Cancellation);
        await session.UpdateMetadataAsync(Map(("plan", "gold"), ("address.city", "Bern")), Cancellation);
        var times = (await session.ListMessagesAsync("support", cancellationToken: Cancellation)).Select(message => (message.Message.MessageId, message.CreatedAt)).ToList();
        Wait();

        Assert.True(await session.ForkAsync(_target, cancellationToken: Cancellation));

        var fork = Factory.Create(_target);
        var (copy, helperCopy) = (new SessionAgent("support"), new SessionAgent("helper"));
        Assert.False((await fork.InitializeAsync(copy, Cancellation)).IsNewAgent);
        Assert.False((await fork.InitializeAsync(helperCopy, Cancellation)).IsNewAgent);
        Assert.Equal(["q1", "a1", "q2"], copy.Messages.Select(message => message.Text));
        Assert.Equal(["h1"], helperCopy.Messages.Select(message => message.Text));
        Assert.Equal(2, (int)copy.State["step"]!);
        Assert.Equal(("model-1", "You help."), await GetConfigAsync(fork));
        Assert.Equal(await session.GetMetadataAsync(cancellationToken: Cancellation), await fork.GetMetadataAsync(cancellationToken: Cancellation));
        Assert.Equal(times, (await fork.ListMessagesAsync("support", cancellationToken: Cancellation)).Select(message => (message.Message.MessageId, message.CreatedAt)));
        var info = await GetInfoAsync(_target);
        Assert.Equal((Now(), Now()), (info.CreatedAt, info.UpdatedAt));
        Assert.Equal((await GetInfoAsync()).ApplicationName, info.ApplicationName);
        Assert.All(await fork.ListBranchesAsync("support", cancellationToken: Cancellation), branch => Assert.True(branch.IsCurrent));
    }

    [Fact]
    public async Task ForkAsync_Afterwards_BothGoOnByThemselves()
    {
        var (session, agent) = await StoreAsync("q1", "a1");
        await session.UpdateMetadataAsync(Map(("a.b", 1)), Cancellation);
        await session.ForkAsync(_target, cancellationToken: Cancellation);
        var fork = Factory.Create(_target);
        var copy = CreateAgent();
        await fork.InitializeAsync(copy, Cancellation);
        copy.State["there"] = true;

        Assert.Equal(2, await fork.AppendMessageAsync(User("q2 there"), copy, Cancellation));
        await fork.SyncAgentAsync(copy, Cancellation);
        await fork.UpdateMetadataAsync(Map(("a.b", 2)), Cancellation);
        Assert.Equal(2, await session.AppendMessageAsync(User("q2 here"), agent, Cancellation));
        await session.RedactLatestMessageAsync(Assistant("Removed."), agent, cancellationToken: Cancellation);

        Assert.Equal(["q1", "a1", "q2 there"], await ListAsync(_target));
        Assert.Equal(["q1", "a1", "Removed."], await ListAsync(SessionId));
        Assert.Equal(1, ((IReadOnlyDictionary<string, object?>)(await session.GetMetadataAsync(cancellationToken: Cancellation))!["a"]!)["b"]);
        var reloaded = CreateAgent();
        await session.InitializeAsync(reloaded, Cancellation);
        Assert.False(reloaded.State.ContainsKey("there"));
        Assert.True(await session.DeleteSessionAsync(Cancellation));
        Assert.Equal(["q1", "a1", "q2 there"], await ListAsync(_target));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4)]
    public async Task ForkAsync_UpToAMessage_CopiesThoseBefore(int count)
    {
        string[] texts = ["q1", "a1", "q2", "a2"];
        var (session, _) = await StoreAsync(texts);
        var helper = CreateAgent("helper");
        await session.InitializeAsync(helper, Cancellation);
        await session.AppendMessageAsync(User("h1"), helper, Cancellation);

        Assert.True(await session.ForkAsync(_target, Counts("support", count), Cancellation));

        Assert.Equal(texts[..count], await ListAsync(_target));
        Assert.Equal(1, await Factory.Create(_target).GetMessageCountAsync("helper", Cancellation));
        var agent = CreateAgent();
        await Factory.Create(_target).InitializeAsync(agent, Cancellation);
        Assert.Equal(count, await Factory.Create(_target).AppendMessageAsync(User("on"), agent, Cancellation));
    }

    [Fact]
    public async Task ForkAsync_BranchedHistory_CopiesTheCurrentOneAsOne()
    {
        var (session, agent) = await StoreAsync("q1", "a1", "q2", "a2");
        await session.RewindAsync("support", 2, cancellationToken: Cancellation);
        await session.AppendMessagesAsync([User("q3"), Assistant("a3")], agent, Cancellation);
        await session.RewindAsync("support", 3, cancellationToken: Cancellation);
        await session.AppendMessageAsync(Assistant("a4"), agent, Cancellation);

        Assert.True(await session.ForkAsync(_target, cancellationToken: Cancellation));

        Assert.Equal(["q1", "a1", "q3", "a4"], await ListAsync(_target));
        var branch = Assert.Single(await Factory.Create(_target).ListBranchesAsync("support", cancellationToken: Cancellation));
        Assert.Empty(branch.Branch.Base);
        Assert.Equal(4, branch.MessageCount);
    }

    [Fact]
    public async Task ForkAsync_WindowThatReachesBeyondTheEnd_IsLeftOut()
    {
        var (session, agent) = await StoreAsync("q1", "a1", "q2", "a2", "q3", "a3");
        agent.ConversationManagerState["removed_message_count"] = 4;
        await session.SyncAgentAsync(agent, Cancellation);

        await session.ForkAsync(_target, Counts("support", 2), Cancellation);
        var whole = NewSessionId();
        await session.ForkAsync(whole, cancellationToken: Cancellation);

        var cut = CreateAgent();
        await Factory.Create(_target).InitializeAsync(cut, Cancellation);
        Assert.Equal(["q1", "a1"], cut.Messages.Select(message => message.Text));
        Assert.Empty(cut.ConversationManagerState);
        var same = CreateAgent();
        await Factory.Create(whole).InitializeAsync(same, Cancellation);
        Assert.Equal(["q3", "a3"], same.Messages.Select(message => message.Text));
    }

    [Fact]
    public async Task ForkAsync_RedactionsFeedbackAndMetrics_RedactionsComeAlong()
    {
        var (session, agent) = await StartAsync();
        await session.AppendMessageAsync(User("secret"), agent, Cancellation);
        await session.RedactLatestMessageAsync(User("Removed."), agent, cancellationToken: Cancellation);
        agent.Metrics.AddModelCall(new UsageDetails { InputTokenCount = 5, OutputTokenCount = 7 }, TimeSpan.FromSeconds(1));
        await session.AppendMessageAsync(Assistant(), agent, Cancellation);
        await session.SyncAgentAsync(agent, Cancellation);
        await session.AddFeedbackAsync(new Feedback { Rating = FeedbackRating.Up }, Cancellation);

        await session.ForkAsync(_target, cancellationToken: Cancellation);

        var fork = Factory.Create(_target);
        Assert.Equal(["Removed.", "Hi"], await ListAsync(_target));
        Assert.Empty(await fork.GetFeedbacksAsync(cancellationToken: Cancellation));
        Assert.Equal(0, (await fork.GetUsageAsync(Cancellation)).Total.TotalTokens);
        Assert.Equal(12, (await session.GetUsageAsync(Cancellation)).Total.TotalTokens);
    }

    [Fact]
    public async Task ForkAsync_InTheMiddleOfARun_CopiesWhatIsStoredAndNotTheRun()
    {
        var (session, agent) = (Open(), CreateAgent());
        await using var run = await session.StartRunAsync(agent, cancellationToken: Cancellation);
        await session.AppendMessageAsync(User("q1"), agent, Cancellation);

        Assert.True(await session.ForkAsync(_target, cancellationToken: Cancellation));

        await using (await Factory.Create(_target).StartRunAsync(CreateAgent(), whenBusy: WhenBusy.Fail, cancellationToken: Cancellation))
        {
            Assert.Equal(["q1"], await ListAsync(_target));
        }

        await session.AppendMessageAsync(Assistant("a1"), agent, Cancellation);
        await run.CompleteAsync(Cancellation);
        Assert.Equal(["q1", "a1"], await ListAsync(SessionId));
    }

    [Fact]
    public async Task ForkAsync_SessionWithoutAgents_CopiesTheMetadata()
    {
        await Open().CreateSessionAsync(Map(("a", 1)), Cancellation);

        Assert.True(await Open().ForkAsync(_target, cancellationToken: Cancellation));

        Assert.Equal(Map(("a", 1)), await Factory.Create(_target).GetMetadataAsync(cancellationToken: Cancellation));
        Assert.True((await Factory.Create(_target).InitializeAsync(CreateAgent(), Cancellation)).IsNewAgent);
    }

    [Fact]
    public async Task ForkAsync_TargetIsThere_ChangesNothing()
    {
        var (session, _) = await StoreAsync("q1");
        await Factory.Create(_target).CreateSessionAsync(Map(("mine", true)), Cancellation);

        Assert.False(await session.ForkAsync(_target, cancellationToken: Cancellation));

        Assert.Equal(Map(("mine", true)), await Factory.Create(_target).GetMetadataAsync(cancellationToken: Cancellation));
        Assert.Empty(await ListAsync(_target));
    }

    [Fact]
    public async Task ForkAsync_TargetWasDeleted_ItsWriterMeetsNothingOfTheCopy()
    {
        var (session, _) = await StoreAsync("q1", "a1");
        var before = Factory.Create(_target);
        var agent = CreateAgent();
        await before.InitializeAsync(agent, Cancellation);
        await before.AppendMessageAsync(User("old"), agent, Cancellation);
        var late = Factory.Create(_target);
        var lateAgent = CreateAgent();
        await late.InitializeAsync(lateAgent, Cancellation);
        await before.DeleteSessionAsync(Cancellation);

        Assert.True(await session.ForkAsync(_target, cancellationToken: Cancellation));
        await late.AppendMessageAsync(User("late"), lateAgent, Cancellation);

        Assert.Equal(["q1", "a1"], await ListAsync(_target));
    }

    [Fact]
    public async Task ForkAsync_SameTargetAtOnce_OneOfThemCreatesIt()
    {
        var (session, _) = await StoreAsync("q1", "a1");

        var created = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => session.ForkAsync(_target, cancellationToken: Cancellation)));

        Assert.Single(created, true);
        Assert.Equal(["q1", "a1"], await ListAsync(_target));
    }

    [Fact]
    public async Task ForkAsync_BadArguments_NamesThem()
    {
        var (session, _) = await StoreAsync("q1", "a1");

        Assert.Equal("targetSessionId", (await Assert.ThrowsAnyAsync<ArgumentException>(() => session.ForkAsync("", cancellationToken: Cancellation))).ParamName);
        Assert.Equal("targetSessionId", (await Assert.ThrowsAsync<ArgumentException>(() => session.ForkAsync(SessionId, cancellationToken: Cancellation))).ParamName);
        Assert.Equal("messageCounts", (await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => session.ForkAsync(_target, Counts("support", -1), Cancellation))).ParamName);
        Assert.Equal("messageCounts", (await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => session.ForkAsync(_target, Counts("support", 3), Cancellation))).ParamName);
        await Assert.ThrowsAsync<AgentNotFoundException>(() => session.ForkAsync(_target, Counts("nobody", 1), Cancellation));
        await Assert.ThrowsAsync<SessionNotFoundException>(() => Factory.Create(NewSessionId()).ForkAsync(_target, cancellationToken: Cancellation));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => session.ForkAsync(_target, cancellationToken: new CancellationToken(canceled: true)));

        Assert.False(await Factory.Create(_target).SessionExistsAsync(Cancellation));
    }

    private static Dictionary<string, int> Counts(string agentId, int count) => new() { [agentId] = count };

    private static async Task<(string? Model, string? SystemPrompt)> GetConfigAsync(ISessionManager session)
    {
        var config = await session.GetAgentConfigAsync("support", Cancellation);
        return (config?.Model, config?.SystemPrompt);
    }

    private async Task<(ISessionManager Session, SessionAgent Agent)> StoreAsync(params string[] texts)
    {
        var (session, agent) = await StartAsync();
        await session.AppendMessagesAsync([.. texts.Select(text => text[0] == 'q' ? User(text) : Assistant(text))], agent, Cancellation);
        return (session, agent);
    }

    private async Task<string[]> ListAsync(string sessionId) =>
        [.. (await Factory.Create(sessionId).ListMessagesAsync("support", cancellationToken: Cancellation)).Select(message => message.EffectiveMessage.Text)];
}
