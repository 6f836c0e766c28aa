using Microsoft.Extensions.AI;

namespace SessionManager.Conformance;

/// <summary>
/// What lists show of a session: title, preview, number of messages and time of the last one.
/// </summary>
public abstract class ShownTests(ConformanceFixture fixture) : ConformanceTests(fixture)
{
    [Fact]
    public async Task SyncAgentAsync_AfterAppends_ShowsCountTimeAndAnswer()
    {
        var (session, agent) = await StartAsync();
        await session.AppendMessagesAsync([User("Where is my order?"), Assistant(" On\n its\tway. ")], agent, Cancellation);
        Assert.Equal((0, null, null), await GetShownAsync());
        var appended = Now();
        Wait();

        await session.SyncAgentAsync(agent, Cancellation);

        Assert.Equal((2, "On its way.", appended), await GetShownAsync());
    }

    [Fact]
    public async Task CompleteAsync_ToolsAndReasoning_AreNotShown()
    {
        var session = Open();
        var agent = CreateAgent();
        await using (var run = await session.StartRunAsync(agent, cancellationToken: Cancellation))
        {
            ChatMessage call = new(ChatRole.Assistant, [new TextReasoningContent("hidden"), new FunctionCallContent("call-1", "find")]);
            ChatMessage result = new(ChatRole.Tool, [new FunctionResultContent("call-1", "hidden"), new TextContent("hidden")]);
            await session.AppendMessagesAsync([User("Where?"), call, result], agent, Cancellation);
            await run.CompleteAsync(Cancellation);
        }

        Assert.Equal((3, "Where?", Now()), await GetShownAsync());
    }

    [Fact]
    public async Task InitializeAsync_NewAgentWithMessages_ShowsThem()
    {
        var agent = CreateAgent();
        agent.Messages.Add(User("First"));

        await Open().InitializeAsync(agent, Cancellation);

        Assert.Equal((1, "First", Now()), await GetShownAsync());
    }

    [Fact]
    public async Task SyncAgentAsync_SeveralAgents_CountsAllAndShowsTheLatest()
    {
        var (session, agent) = await StartAsync();
        await StoreAsync(session, agent, User("one"), Assistant("two"));
        Wait();
        var other = CreateAgent("v1.5 $other");
        await session.InitializeAsync(other, Cancellation);
        await StoreAsync(session, other, User("three"));

        Assert.Equal((3, "three", Now()), await GetShownAsync());

        await session.ClearAsync(other.AgentId, cancellationToken: Cancellation);
        Assert.Equal((2, "two", Now()), await GetShownAsync());
    }

    [Fact]
    public async Task Preview_LongText_IsCutBetweenCharacters()
    {
        var (session, agent) = await StartAsync();
        var family = "\U0001F469\u200D\U0001F469\u200D\U0001F467";

        await StoreAsync(session, agent, User(new string('x', 112) + family + family));

        Assert.Equal(new string('x', 112) + "\u2026", (await GetInfoAsync()).Preview);
    }

    [Fact]
    public async Task RewindAsync_Synced_ShowsFewerMessagesAndNoText()
    {
        var (session, agent) = await StartAsync();
        await StoreAsync(session, agent, User("one"), Assistant("two"), User("three"));
        await session.RewindAsync(agent.AgentId, 2, cancellationToken: Cancellation);
        Assert.Equal((2, null, Now()), await GetShownAsync());

        await session.InitializeAsync(agent, Cancellation);
        await StoreAsync(session, agent, User("again"));

        Assert.Equal((3, "again", Now()), await GetShownAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RedactLatestMessageAsync_OfShownMessage_ShowsWhatStandsInItsPlace(bool isSynced)
    {
        var (session, agent) = await StartAsync();
        await session.AppendMessagesAsync([User("Hello"), Assistant("the secret")], agent, Cancellation);
        if (isSynced)
        {
            await session.SyncAgentAsync(agent, Cancellation);
        }

        await session.RedactLatestMessageAsync(Assistant("[removed]"), agent, cancellationToken: Cancellation);

        Assert.Equal(isSynced ? "[removed]" : null, (await GetInfoAsync()).Preview);
        await session.SyncAgentAsync(agent, Cancellation);
        Assert.Equal("[removed]", (await GetInfoAsync()).Preview);
    }

    [Fact]
    public async Task SyncAgentAsync_AfterAnotherHasRedacted_DoesNotBringItBack()
    {
        var (session, agent) = await StartAsync();
        await session.AppendMessageAsync(User("the secret"), agent, Cancellation);
        var (guard, same) = await StartAsync();
        await guard.RedactLatestMessageAsync(User("[removed]"), same, cancellationToken: Cancellation);

        await session.SyncAgentAsync(agent, Cancellation);

        Assert.Equal((1, "[removed]", Now()), await GetShownAsync());
    }

    [Fact]
    public async Task RedactLatestMessageAsync_LaterMessageIsShown_LeavesIt()
    {
        var (guard, same) = await StartAsync();
        await guard.AppendMessageAsync(User("the secret"), same, Cancellation);
        await guard.SyncAgentAsync(same, Cancellation);
        var (session, agent) = await StartAsync();
        await StoreAsync(session, agent, Assistant("later"));

        await guard.RedactLatestMessageAsync(User("[removed]"), same, cancellationToken: Cancellation);

        Assert.Equal("later", (await GetInfoAsync()).Preview);
    }

    [Fact]
    public async Task ForkAsync_Session_ShowsWhatWasCopied()
    {
        var (session, agent) = await StartAsync();
        await StoreAsync(session, agent, User("one"), Assistant("two"));
        await session.SetTitleAsync("Orders", Cancellation);
        var (whole, part) = (NewSessionId(), NewSessionId());

        await session.ForkAsync(whole, cancellationToken: Cancellation);
        await session.ForkAsync(part, new Dictionary<string, int> { [agent.AgentId] = 1 }, Cancellation);

        Assert.Equal((2, "two", Now()), ToShown(await GetInfoAsync(whole)));
        Assert.Equal((1, null, null), ToShown(await GetInfoAsync(part)));
        Assert.Null((await GetInfoAsync(whole)).Title);
    }

    [Fact]
    public async Task SetTitleAsync_Title_IsListedAndMovesNoTime()
    {
        var (session, _) = await StartAsync();
        var updated = (await GetInfoAsync()).UpdatedAt;
        Wait();

        await session.SetTitleAsync("Orders \U0001F600", Cancellation);

        var info = await session.GetSessionAsync(Cancellation);
        Assert.Equal(("Orders \U0001F600", false, updated), (info!.Title, info.IsTitleGenerated, info.UpdatedAt));
        await session.SetTitleAsync(null, Cancellation);
        Assert.Null((await session.GetSessionAsync(Cancellation))!.Title);
    }

    [Fact]
    public async Task SetTitleAsync_NoSession_Throws()
    {
        await Assert.ThrowsAsync<SessionNotFoundException>(() => Open().SetTitleAsync("Orders", Cancellation));
        Assert.Null(await Open().GetSessionAsync(Cancellation));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    public async Task SetTitleAsync_NoTitle_NamesTheParameter(string title)
    {
        var (session, _) = await StartAsync();

        Assert.Equal("title", (await Assert.ThrowsAnyAsync<ArgumentException>(() => session.SetTitleAsync(title, Cancellation))).ParamName);
        Assert.Equal("title", (await Assert.ThrowsAnyAsync<ArgumentException>(() => session.SetTitleAsync(new string('x', 201), Cancellation))).ParamName);
        Assert.Equal("title", (await Assert.ThrowsAnyAsync<ArgumentException>(() => session.SetTitleAsync("half \uD83D", Cancellation))).ParamName);
    }

    [Fact]
    public async Task SetTitleAsync_OfModel_NeverReplacesATitle()
    {
        var (session, agent) = await StartAsync();
        var source = await GetHistoryAsync(agent);
        Assert.True(await Storage.SetTitleAsync(SessionId, "by a model", source, Cancellation));
        Assert.True((await GetInfoAsync()).IsTitleGenerated);
        Assert.True((await GetHistoryAsync(agent)).HasTitle);
        Assert.False(await Storage.SetTitleAsync(SessionId, "another", source, Cancellation));

        await session.SetTitleAsync("by a person", Cancellation);

        Assert.False(await Storage.SetTitleAsync(SessionId, "another", source, Cancellation));
        var info = await GetInfoAsync();
        Assert.Equal(("by a person", false), (info.Title, info.IsTitleGenerated));
        await session.SetTitleAsync(null, Cancellation);
        Assert.True(await Storage.SetTitleAsync(SessionId, "another", source, Cancellation));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task SetTitleAsync_OfModelAndARedaction_TitleIsNotThere(bool isSetBefore)
    {
        var (session, agent) = await StartAsync();
        await StoreAsync(session, agent, User("the secret"));
        var source = await GetHistoryAsync(agent);
        if (isSetBefore)
        {
            Assert.True(await Storage.SetTitleAsync(SessionId, "secret", source, Cancellation));
        }

        await session.RedactLatestMessageAsync(User("[removed]"), agent, cancellationToken: Cancellation);

        Assert.NotNull((await GetHistoryAsync(agent)).Redaction);
        Assert.Null((await GetInfoAsync()).Title);
        Assert.False(await Storage.SetTitleAsync(SessionId, "secret", source, Cancellation));
        Assert.True(await Storage.SetTitleAsync(SessionId, "harmless", await GetHistoryAsync(agent), Cancellation));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task SetTitleAsync_OfModelAndARewind_TitleIsNotThere(bool isSetBefore)
    {
        var session = Open();
        var agent = CreateAgent();
        await using (var run = await session.StartRunAsync(agent, cancellationToken: Cancellation))
        {
            await session.AppendMessagesAsync([User("one"), Assistant("two")], agent, Cancellation);
            await run.CompleteAsync(Cancellation);
        }

        var source = await GetHistoryAsync(agent);
        if (isSetBefore)
        {
            Assert.True(await Storage.SetTitleAsync(SessionId, "one", source, Cancellation));
        }

        await session.UndoLastTurnAsync(agent.AgentId, cancellationToken: Cancellation);

        Assert.Null((await GetInfoAsync()).Title);
        Assert.False(await Storage.SetTitleAsync(SessionId, "one", source, Cancellation));
    }

    [Fact]
    public async Task SetTitleAsync_OfModelInASessionThatWasDeleted_IsRefused()
    {
        var (session, agent) = await StartAsync();
        var source = await GetHistoryAsync(agent);
        await session.DeleteSessionAsync(Cancellation);
        Assert.False(await Storage.SetTitleAsync(SessionId, "one", source, Cancellation));

        await session.InitializeAsync(CreateAgent(), Cancellation);

        Assert.False(await Storage.SetTitleAsync(SessionId, "one", source, Cancellation));
    }

    private static (int, string?, DateTimeOffset?) ToShown(SessionInfo info) => (info.MessageCount, info.Preview, info.LastMessageAt);

    private static async Task StoreAsync(ISessionManager session, SessionAgent agent, params ChatMessage[] messages)
    {
        await session.AppendMessagesAsync(messages, agent, Cancellation);
        await session.SyncAgentAsync(agent, Cancellation);
    }

    private async Task<StoredHistory> GetHistoryAsync(SessionAgent agent) => (await Storage.GetAgentAsync(SessionId, agent.AgentId, Cancellation))!.History!;

    // From a list where there is one, which is read in its own way.
    private async Task<(int, string?, DateTimeOffset?)> GetShownAsync()
    {
        var shown = ToShown(await GetInfoAsync());
        if (Storage.Catalog is { } catalog)
        {
            var page = await catalog.ListSessionsAsync(new SessionQuery { Limit = 1000 }, Cancellation);
            Assert.Equal(shown, ToShown(page.Sessions.Single(session => session.SessionId == SessionId)));
        }

        return shown;
    }
}
