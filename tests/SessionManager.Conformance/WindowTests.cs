using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace SessionManager.Conformance;

/// <summary>
/// Histories loaded in part: windows by count and by a reducer.
/// </summary>
public abstract class WindowTests(ConformanceFixture fixture) : ConformanceTests(fixture)
{
    /// <summary>
    /// Gets options that are refused, and the name of the one at fault.
    /// </summary>
    public static TheoryData<AgentInitializationOptions, string> BadOptions => new()
    {
        { new AgentInitializationOptions { NewMessages = null! }, "options.NewMessages" },
        { new AgentInitializationOptions { NewMessages = [null!] }, "options.NewMessages" },
        { InWindow(new HistoryWindow { MaxMessages = 0 }), "options.Window.MaxMessages" },
        { InWindow(new HistoryWindow { MaxMessages = -1, MessagesAfterTrim = 1 }), "options.Window.MaxMessages" },
        { InWindow(new HistoryWindow { MessagesAfterTrim = 1 }), "options.Window.MessagesAfterTrim" },
        { InWindow(new HistoryWindow { MaxMessages = 5, MessagesAfterTrim = 0 }), "options.Window.MessagesAfterTrim" },
        { InWindow(new HistoryWindow { MaxMessages = 5, MessagesAfterTrim = 6 }), "options.Window.MessagesAfterTrim" },
    };

    [Theory]
    [MemberData(nameof(BadOptions))]
    public async Task InitializeAsync_BadOption_NamesItAndWritesNothing(AgentInitializationOptions options, string name)
    {
        var session = Open();

        var exception = await Assert.ThrowsAnyAsync<ArgumentException>(() => session.InitializeAsync(CreateAgent(), options, Cancellation));

        Assert.Equal(name, exception.ParamName);
        Assert.Equal("options", (await Assert.ThrowsAsync<ArgumentNullException>(() => session.InitializeAsync(CreateAgent(), null!, Cancellation))).ParamName);
        Assert.False(await session.SessionExistsAsync(Cancellation));
    }

    [Fact]
    public async Task InitializeAsync_NewAgent_StoresItsMessagesWhateverTheWindow()
    {
        var agent = CreateAgent();
        agent.Messages.Add(User("one"));
        agent.Messages.Add(Assistant("two"));
        var reducer = new Reducer(_ => []);

        var result = await Open().InitializeAsync(agent, InWindow(new HistoryWindow { MaxMessages = 1, Reducer = reducer }), Cancellation);

        Assert.Equal(new AgentInitialization { IsNewAgent = true, RestoredMessageCount = 0 }, result);
        Assert.Equal(0, reducer.CallCount);
        Assert.Equal(["one", "two"], agent.Messages.Select(message => message.Text));
        Assert.Equal(2, await Open().GetMessageCountAsync("support", Cancellation));
    }

    [Fact]
    public async Task InitializeAsync_LongerThanTheWindow_LoadsTheLatestTurnsAndKeepsTheRestStored()
    {
        await StoreTurnsAsync(10);

        var (session, agent, result) = await LoadAsync(new HistoryWindow { MaxMessages = 10, MessagesAfterTrim = 5 }, User("new"));

        Assert.Equal(["question 8", "answer 8", "question 9", "answer 9"], agent.Messages.Select(message => message.Text));
        Assert.Equal((false, 4, true), (result.IsNewAgent, result.RestoredMessageCount, result.Repair.IsEmpty));
        Assert.Equal(16, agent.RemovedMessageCount);
        Assert.Equal(20, await session.GetMessageCountAsync("support", Cancellation));
        Assert.Equal(20, await session.AppendMessageAsync(User("new"), agent, Cancellation));
    }

    [Fact]
    public async Task InitializeAsync_TurnLongerThanTheWindow_IsLoadedWholeForTheResultsOfItsCalls()
    {
        await StoreTurnsAsync(2);
        var (writer, agent, _) = await LoadAsync(null);
        await writer.AppendMessageAsync(User("long"), agent, Cancellation);
        foreach (var id in (string[])["1", "2"])
        {
            await writer.AppendMessageAsync(Call(id), agent, Cancellation);
            await writer.AppendMessageAsync(Result(id), agent, Cancellation);
        }

        await writer.AppendMessageAsync(Call("3"), agent, Cancellation);

        var (_, loaded, result) = await LoadAsync(new HistoryWindow { MaxMessages = 2 }, Result("3"));

        Assert.Equal("long", loaded.Messages[0].Text);
        Assert.Equal((false, 6, true), (result.IsNewAgent, result.RestoredMessageCount, result.Repair.IsEmpty));
        Assert.Equal((6, 4), (loaded.Messages.Count, loaded.RemovedMessageCount));
    }

    [Fact]
    public async Task InitializeAsync_AnswerToACallFarBeforeTheWindow_LoadsFromThereOn()
    {
        var (writer, agent) = await StartAsync();
        await writer.AppendMessagesAsync([User("long ago"), Call("1")], agent, Cancellation);
        await StoreTurnsAsync(20);

        var (_, loaded, result) = await LoadAsync(new HistoryWindow { MaxMessages = 4 }, Result("1"));

        Assert.Equal(42, result.RestoredMessageCount);
        Assert.Equal("long ago", loaded.Messages[0].Text);
        Assert.Contains(loaded.Messages.SelectMany(message => message.Contents), content => content is FunctionCallContent { CallId: "1" });
    }

    [Fact]
    public async Task InitializeAsync_SystemMessageFarBeforeTheWindow_StaysInFront()
    {
        var (writer, agent) = await StartAsync();
        await writer.AppendMessageAsync(new ChatMessage(ChatRole.System, "rules"), agent, Cancellation);
        await StoreTurnsAsync(20);
        var window = new HistoryWindow { MaxMessages = 4, MessagesAfterTrim = 2 };
        string[] expected = ["rules", "question 19", "answer 19"];

        var (session, loaded, _) = await LoadAsync(window);
        Assert.Equal(expected, loaded.Messages.Select(message => message.Text));
        await session.SyncAgentAsync(loaded, Cancellation);

        var (_, again, _) = await LoadAsync(window);
        Assert.Equal(expected, again.Messages.Select(message => message.Text));
    }

    [Fact]
    public async Task InitializeAsync_WindowThatHasMoved_IsStoredByTheNextSyncAndHonouredByOthers()
    {
        await StoreTurnsAsync(5);
        var window = new HistoryWindow { MaxMessages = 6, MessagesAfterTrim = 4 };
        var (session, agent, _) = await LoadAsync(window);
        Assert.Null((await GetStateAsync())["removed_message_count"]);

        await session.SyncAgentAsync(agent, Cancellation);

        Assert.Equal(6, (await GetStateAsync())["removed_message_count"]?.GetValue<int>());
        var (_, without, _) = await LoadAsync(null);
        Assert.Equal(["question 3", "answer 3", "question 4", "answer 4"], without.Messages.Select(message => message.Text));
        var (_, again, _) = await LoadAsync(window);
        Assert.Equal(4, again.Messages.Count);
        Assert.Equal(6, again.RemovedMessageCount);
    }

    [Fact]
    public async Task InitializeAsync_WindowThatDoesNotMove_LeavesNothingToSync()
    {
        await StoreTurnsAsync(2);
        var (session, agent, _) = await LoadAsync(new HistoryWindow { MaxMessages = 4, Reducer = new Reducer(messages => messages) });
        var before = await GetInfoAsync();
        Wait();

        await session.SyncAgentAsync(agent, Cancellation);

        Assert.Equivalent(before, await GetInfoAsync());
        Assert.Equal(4, agent.Messages.Count);
    }

    [Fact]
    public async Task InitializeAsync_ReducerWithASummary_IsHonouredByTheNextManager()
    {
        await StoreTurnsAsync(4);
        var reducer = new Reducer(messages => messages.Count > 4 ? [Assistant("So far: much."), .. messages.TakeLast(2)] : messages);
        var window = new HistoryWindow { Reducer = reducer };
        var (session, agent, result) = await LoadAsync(window);
        Assert.Equal(["So far: much.", "question 3", "answer 3"], agent.Messages.Select(message => message.Text));
        Assert.Equal(2, result.RestoredMessageCount);
        await session.SyncAgentAsync(agent, Cancellation);
        Assert.Equal(
            """{"removed_message_count":6,"summary_message":{"role":"assistant","content":[{"text":"So far: much."}]}}""",
            (await GetStateAsync()).ToJsonString());

        foreach (var next in (HistoryWindow?[])[null, window, new HistoryWindow { MaxMessages = 2 }])
        {
            var (_, loaded, _) = await LoadAsync(next);
            Assert.Equal(["So far: much.", "question 3", "answer 3"], loaded.Messages.Select(message => message.Text));
            Assert.Equal(ChatRole.Assistant, loaded.Messages[0].Role);
        }

        Assert.Equal(2, reducer.CallCount);
        Assert.Equal(8, await Open().GetMessageCountAsync("support", Cancellation));
    }

    [Fact]
    public async Task InitializeAsync_SummaryThatStrandsHasStored_StandsInFront()
    {
        await StoreTurnsAsync(2);
        var (writer, agent, _) = await LoadAsync(null);
        agent.ConversationManagerState = JsonNode.Parse(
            """
            {"__name__":"SummarizingConversationManager","removed_message_count":2,
             "summary_message":{"role":"user","content":[{"text":"They met."}]}}
            """)!.AsObject();
        await writer.SyncAgentAsync(agent, Cancellation);

        var (_, loaded, result) = await LoadAsync(null);

        Assert.Equal([(ChatRole.User, "They met."), (ChatRole.User, "question 1"), (ChatRole.Assistant, "answer 1")], loaded.Messages.Select(message => (message.Role, message.Text)));
        Assert.Equal(2, result.RestoredMessageCount);
    }

    [Fact]
    public async Task InitializeAsync_ReducerThatThrows_LoadsTheWindowAndCanBeTriedAgain()
    {
        await StoreTurnsAsync(2);
        var failing = new HistoryWindow { MaxMessages = 3, MessagesAfterTrim = 2, Reducer = new Reducer(_ => throw new TimeoutException()) };

        var (session, agent, _) = await LoadAsync(failing);
        await session.SyncAgentAsync(agent, Cancellation);
        var (_, again, _) = await LoadAsync(failing with { Reducer = new Reducer(_ => [User("short")]) });

        Assert.Equal(["question 1", "answer 1"], agent.Messages.Select(message => message.Text));
        Assert.Equal(["short"], again.Messages.Select(message => message.Text));
    }

    [Fact]
    public async Task InitializeAsync_CancelledInTheReducer_Throws()
    {
        await StoreTurnsAsync(1);
        using var cancelled = new CancellationTokenSource();
        var reducer = new Reducer(messages =>
        {
            cancelled.Cancel();
            return messages;
        });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => Open().InitializeAsync(CreateAgent(), InWindow(new HistoryWindow { Reducer = reducer }), cancelled.Token));
    }

    private static AgentInitializationOptions InWindow(HistoryWindow? window, params ChatMessage[] newMessages) => new() { Window = window, NewMessages = newMessages };

    private static ChatMessage Call(string id) => new(ChatRole.Assistant, [new FunctionCallContent(id, "get_order")]);

    private static ChatMessage Result(string id) => new(ChatRole.Tool, [new FunctionResultContent(id, "done")]);

    private async Task StoreTurnsAsync(int count)
    {
        var (session, agent) = await StartAsync();
        for (var i = 0; i < count; i++)
        {
            await session.AppendMessageAsync(User($"question {i}"), agent, Cancellation);
            await session.AppendMessageAsync(Assistant($"answer {i}"), agent, Cancellation);
        }

        await session.SyncAgentAsync(agent, Cancellation);
    }

    private async Task<(ISessionManager Session, SessionAgent Agent, AgentInitialization Result)> LoadAsync(HistoryWindow? window, params ChatMessage[] newMessages)
    {
        var session = Open();
        var agent = CreateAgent();
        return (session, agent, await session.InitializeAsync(agent, InWindow(window, newMessages), Cancellation));
    }

    private async Task<JsonObject> GetStateAsync() => (await Storage.GetAgentAsync(SessionId, "support", Cancellation))?.ConversationManagerState ?? [];

    private sealed class Reducer(Func<IReadOnlyList<ChatMessage>, IReadOnlyList<ChatMessage>> reduce) : IChatReducer
    {
        public int CallCount { get; private set; }

        public Task<IEnumerable<ChatMessage>> ReduceAsync(IEnumerable<ChatMessage> messages, CancellationToken cancellationToken)
        {
            CallCount++;
            var reduced = reduce([.. messages]);
            cancellationToken.ThrowIfCancellationRequested();
            return Task.FromResult<IEnumerable<ChatMessage>>(reduced);
        }
    }
}
