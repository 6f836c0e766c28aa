using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using MongoDB.Bson;

namespace SessionManager.IntegrationTests.Storage.Mongo;

public sealed class CommandBudgetTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>, IAsyncLifetime
{
    private readonly string _sessionId = DatabaseFixture.NewSessionId();
    private readonly SessionAgent _agent = Agents.Support();
    private ISessionManager _session = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _session = database.Factory.Create(_sessionId);
        await _session.InitializeAsync(_agent, Cancellation);
        database.Commands.Clear();
    }

    public ValueTask DisposeAsync() => _session.DisposeAsync();

    [Fact]
    public async Task Create_Always_SendsNothing()
    {
        await database.Factory.Create(DatabaseFixture.NewSessionId()).DisposeAsync();

        Assert.Empty(database.Commands.Names);
    }

    [Fact]
    public async Task InitializeAsync_NewAgent_LooksAndAdds()
    {
        await database.Factory.Create(DatabaseFixture.NewSessionId()).InitializeAsync(Agents.Support(), Cancellation);

        Assert.Equal(["find", "find", "insert"], database.Commands.Names);
    }

    [Fact]
    public async Task InitializeAsync_NewAgentWithMessages_AddsBoth()
    {
        var agent = Agents.Support();
        agent.Messages.Add(Agents.Assistant("Welcome"));

        await database.Factory.Create(DatabaseFixture.NewSessionId()).InitializeAsync(agent, Cancellation);

        Assert.Equal(["find", "find", "insert", "insert"], database.Commands.Names);
    }

    [Fact]
    public async Task InitializeAsync_NewAgentInKnownSession_AddsIt()
    {
        var agent = Agents.Support("billing");
        agent.Messages.Add(Agents.Assistant("Welcome"));

        await _session.InitializeAsync(agent, Cancellation);

        Assert.Equal(["find", "find"], database.Commands.Names.Take(2));
        Assert.Equal(["insert", "update"], database.Commands.Names.Skip(2).Order());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task InitializeAsync_KnownAgent_TakesTwo(bool hasMessages)
    {
        await _session.AppendMessageAsync(Agents.User(), _agent, Cancellation);
        database.Commands.Clear();
        var agent = Agents.Support();
        if (hasMessages)
        {
            agent.Messages.Add(Agents.Assistant("Welcome"));
        }

        await database.Factory.Create(_sessionId).InitializeAsync(agent, Cancellation);

        Assert.Equal(["find", "find"], database.Commands.Names);
    }

    [Theory]
    [InlineData(256, 2)]
    [InlineData(257, 3)]
    [InlineData(2000, 3)]
    public async Task InitializeAsync_LongHistory_TakesThreeAtMost(int messageCount, int expected)
    {
        ChatMessage[] messages = [.. Enumerable.Range(0, messageCount).Select(i => Agents.User($"{i}"))];
        await _session.AppendMessagesAsync(messages, _agent, Cancellation);
        database.Commands.Clear();
        var agent = Agents.Support();

        await database.Factory.Create(_sessionId).InitializeAsync(agent, Cancellation);

        Assert.Equal(expected, database.Commands.Names.Count);
        Assert.Equal(messages.Select(message => message.Text), agent.Messages.Select(message => message.Text));
    }

    [Fact]
    public async Task InitializeAsync_LongHistoryMostlyLeftOut_ReadsNoMoreThanTheLatest()
    {
        await _session.AppendMessagesAsync([.. Enumerable.Range(0, 500).Select(i => Agents.User($"{i}"))], _agent, Cancellation);
        _agent.RemovedMessageCount = 490;
        await _session.SyncAgentAsync(_agent, Cancellation);
        database.Commands.Clear();
        var agent = Agents.Support();

        var found = await database.Factory.Create(_sessionId).InitializeAsync(agent, Cancellation);

        Assert.Equal(["find", "find"], database.Commands.Names);
        Assert.Equal(256, GetLimitOfLatest());
        Assert.Equal(10, found.RestoredMessageCount);
        Assert.Equal(Enumerable.Range(490, 10).Select(i => $"{i}"), agent.Messages.Select(message => message.Text));
    }

    [Theory]
    [InlineData(40)]
    [InlineData(300)]
    public async Task InitializeAsync_WindowOverALongHistory_ReadsTheLatestAndCountsTheRest(int maxMessages)
    {
        await _session.AppendMessagesAsync([.. Enumerable.Range(0, 1000).Select(i => Agents.User($"{i}"))], _agent, Cancellation);
        database.Commands.Clear();
        var agent = Agents.Support();
        var session = database.Factory.Create(_sessionId);
        var options = new AgentInitializationOptions { Window = new HistoryWindow { MaxMessages = maxMessages, MessagesAfterTrim = 30 } };

        var found = await session.InitializeAsync(agent, options, Cancellation);

        string[] ofRest = maxMessages > 256 ? ["find"] : [];
        Assert.Equal(["find", "find", .. ofRest, "find"], database.Commands.Names);
        Assert.Equal(Math.Min(maxMessages + 1, 256), GetLimitOfLatest());
        Assert.Equal(30, found.RestoredMessageCount);
        Assert.Equal(Enumerable.Range(970, 30).Select(i => $"{i}"), agent.Messages.Select(message => message.Text));
        Assert.Equal(970, agent.RemovedMessageCount);
        await session.SyncAgentAsync(agent, Cancellation);
        var stored = await database.FindSessionAsync(_sessionId);
        Assert.Equal(970, stored["agents"]["support"]["agent_data"]["conversation_manager_state"]["removed_message_count"].ToInt32());
        Assert.Equal(1000, await session.GetMessageCountAsync("support", Cancellation));

        // The first message, which the window would have kept if it were a system message, is asked for only once.
        database.Commands.Clear();
        await database.Factory.Create(_sessionId).InitializeAsync(Agents.Support(), options, Cancellation);
        Assert.Equal(["find", "find"], database.Commands.Names);
    }

    [Fact]
    public async Task AppendMessageAsync_AfterInitialize_TakesOne()
    {
        await _session.AppendMessageAsync(Agents.User(), _agent, Cancellation);

        Assert.Equal(["insert"], database.Commands.Names);
    }

    [Fact]
    public async Task AppendMessagesAsync_Many_TakesOne()
    {
        await _session.AppendMessagesAsync([Agents.User(), Agents.Assistant(), Agents.User()], _agent, Cancellation);
        await _session.AppendMessagesAsync([], _agent, Cancellation);

        Assert.Equal(["insert"], database.Commands.Names);
    }

    [Fact]
    public async Task SyncAgentAsync_MetricsThatWentWithTheMessage_AreNotSentAgain()
    {
        _agent.Metrics.AddModelCall(new UsageDetails { InputTokenCount = 1 }, TimeSpan.FromSeconds(1));
        await _session.AppendMessageAsync(Agents.Assistant(), _agent, Cancellation);

        await _session.SyncAgentAsync(_agent, Cancellation);

        Assert.Equal(["insert", "update"], database.Commands.Names);
        Assert.Equal(["$set", "$max"], database.Commands.Commands[1]["updates"][0]["u"].AsBsonDocument.Names);
        string[] shown = ["agents.support.message_count", "agents.support.last_message_at", "agents.support.preview"];
        Assert.Equal(shown, database.Commands.Commands[1]["updates"][0]["u"]["$max"].AsBsonDocument.Names);
        Assert.Equal(["updated_at", "agents.support.updated_at"], database.Commands.Commands[1]["updates"][0]["u"]["$set"].AsBsonDocument.Names);
    }

    [Fact]
    public async Task SyncAgentAsync_NothingChanged_SendsNothing()
    {
        await _session.SyncAgentAsync(_agent, Cancellation);
        _agent.State["a"] = 1;
        await _session.SyncAgentAsync(_agent, Cancellation);
        database.Commands.Clear();

        await _session.SyncAgentAsync(_agent, Cancellation);

        Assert.Empty(database.Commands.Names);
    }

    [Fact]
    public async Task SyncAgentAsync_KnownAgentThatIsTheSame_SendsNothing()
    {
        var session = database.Factory.Create(_sessionId);
        var agent = Agents.Support();
        await session.InitializeAsync(agent, Cancellation);
        database.Commands.Clear();

        await session.SyncAgentAsync(agent, Cancellation);

        Assert.Empty(database.Commands.Names);
    }

    [Fact]
    public async Task SyncAgentAsync_StateAndMetricsChanged_TakesTwo()
    {
        await _session.AppendMessageAsync(Agents.Assistant(), _agent, Cancellation);
        _agent.State["a"] = 1;
        _agent.Model = "other";
        _agent.Metrics.AddModelCall(new UsageDetails { InputTokenCount = 1 }, TimeSpan.FromSeconds(1));
        database.Commands.Clear();

        await _session.SyncAgentAsync(_agent, Cancellation);

        Assert.Equal(["update", "update"], database.Commands.Names);
    }

    [Fact]
    public async Task Reads_Always_TakeOneEachAndOneForTheBranch()
    {
        await _session.ListMessagesAsync("support", cancellationToken: Cancellation);
        await _session.GetMessageCountAsync("support", Cancellation);
        await _session.GetAgentConfigAsync("support", Cancellation);
        await _session.ListAgentsAsync(Cancellation);
        await _session.GetApplicationNameAsync(Cancellation);

        Assert.Equal(["find", "find", "find", "find", "find", "find", "find"], database.Commands.Names);
    }

    [Fact]
    public async Task Branches_Always_TakeThreeAtMost()
    {
        await _session.AppendMessagesAsync([.. Enumerable.Range(0, 600).Select(i => i % 2 == 0 ? Agents.User($"{i}") : Agents.Assistant($"{i}"))], _agent, Cancellation);
        var first = (await _session.ListBranchesAsync("support", cancellationToken: Cancellation))[0].Branch.Number;
        foreach (var change in (Func<Task>[])
        [
            () => _session.RewindAsync("support", 590, cancellationToken: Cancellation),
            () => _session.UndoLastTurnAsync("support", cancellationToken: Cancellation),
            () => _session.SwitchBranchAsync("support", first, cancellationToken: Cancellation),
            () => _session.ClearAsync("support", cancellationToken: Cancellation),
        ])
        {
            database.Commands.Clear();
            await change();
            Assert.InRange(database.Commands.Names.Count, 2, 3);
        }
    }

    [Fact]
    public async Task InitializeAsync_BranchOfABranch_TakesThreeAtMost()
    {
        await _session.AppendMessagesAsync([.. Enumerable.Range(0, 600).Select(i => Agents.User($"{i}"))], _agent, Cancellation);
        await _session.RewindAsync("support", 500, cancellationToken: Cancellation);
        await _session.AppendMessagesAsync([.. Enumerable.Range(0, 100).Select(i => Agents.User($"b{i}"))], _agent, Cancellation);
        await _session.RewindAsync("support", 550, cancellationToken: Cancellation);
        database.Commands.Clear();
        var agent = Agents.Support();

        await database.Factory.Create(_sessionId).InitializeAsync(agent, Cancellation);

        Assert.Equal(["find", "find", "find"], database.Commands.Names);
        Assert.Equal([.. Enumerable.Range(0, 500).Select(i => $"{i}"), .. Enumerable.Range(0, 50).Select(i => $"b{i}")], agent.Messages.Select(message => message.Text));
    }

    public static TheoryData<string> SingleCommands => new(Operations.Keys);

    private static Dictionary<string, Func<ISessionManager, Task>> Operations { get; } = new(StringComparer.Ordinal)
    {
        ["UpdateMetadata"] = session => session.UpdateMetadataAsync(new Dictionary<string, object?> { ["a"] = 1, ["b.c"] = "x" }, Cancellation),
        ["GetMetadata"] = session => session.GetMetadataAsync(cancellationToken: Cancellation),
        ["GetMetadata of keys"] = session => session.GetMetadataAsync(["a", "b.c"], Cancellation),
        ["GetMetadata of a type"] = session => session.GetMetadataAsync<Dictionary<string, object>>(cancellationToken: Cancellation),
        ["DeleteMetadata"] = session => session.DeleteMetadataAsync(["a"], Cancellation),
        ["IncrementMetadata"] = session => session.IncrementMetadataAsync("visits.all", cancellationToken: Cancellation),
        ["RedactLatestMessage"] = session => session.RedactLatestMessageAsync(Agents.Assistant(), Agents.Support(), cancellationToken: Cancellation),
        ["UpdateAgentConfig"] = session => session.UpdateAgentConfigAsync("support", "m", "p", Cancellation),
        ["SetPromptMetadata"] = session => session.SetPromptMetadataAsync("support", new Dictionary<string, object?> { ["prompt_id"] = "p" }, Cancellation),
        ["SessionExists"] = session => session.SessionExistsAsync(Cancellation),
        ["tool"] = session => session.GetMetadataTool().InvokeAsync(new() { ["action"] = "get" }, Cancellation).AsTask(),
    };

    [Theory]
    [MemberData(nameof(SingleCommands))]
    public async Task Operation_Always_TakesOne(string operation)
    {
        await _session.AppendMessageAsync(Agents.Assistant(), _agent, Cancellation);
        database.Commands.Clear();

        await Operations[operation](_session);

        Assert.Single(database.Commands.Names);
    }

    [Fact]
    public async Task Feedback_OnTheSession_TakesTwoAndItsRemovalThree()
    {
        var stored = await _session.AddFeedbackAsync(new Feedback { UserId = "u" }, Cancellation);
        await _session.GetFeedbacksAsync(Cancellation);
        await _session.ListFeedbacksAsync(new FeedbackQuery(), Cancellation);
        await _session.DeleteFeedbackAsync(stored!.Id!, Cancellation);

        Assert.Equal(["findAndModify", "findAndModify", "find", "find", "find", "find", "find", "delete", "update"], database.Commands.Names);
    }

    [Fact]
    public async Task SessionWide_Reads_LookForTheSessionFirst()
    {
        await _session.ListGuardrailEventsAsync(Cancellation);
        await _session.GetUsageAsync(Cancellation);

        Assert.Equal(["find", "find", "find", "aggregate"], database.Commands.Names);
    }

    [Fact]
    public async Task FirstWrite_NewSession_CreatesItWithThat()
    {
        await database.Factory.Create(DatabaseFixture.NewSessionId()).UpdateMetadataAsync(new Dictionary<string, object?> { ["a"] = 1 }, Cancellation);

        Assert.Equal(["update", "find", "find", "insert"], database.Commands.Names);
    }

    [Fact]
    public async Task CreateSessionAsync_WithMetadata_IsOneInsertOfBoth()
    {
        var session = database.Factory.Create(DatabaseFixture.NewSessionId());

        await session.CreateSessionAsync(new Dictionary<string, object?> { ["a"] = 1, ["b.c"] = "x" }, Cancellation);

        Assert.Equal(["insert"], database.Commands.Names);
        Assert.Equal(BsonDocument.Parse("{ a: 1, b: { c: 'x' } }"), (await database.FindSessionAsync(session.SessionId))["metadata"]);
    }

    [Fact]
    public async Task IncrementMetadataAsync_FieldThatIsThere_IsOneFindAndModifyForThatField()
    {
        await _session.UpdateMetadataAsync(new Dictionary<string, object?> { ["visits.all"] = 1, ["other"] = "x" }, Cancellation);
        database.Commands.Clear();

        await _session.IncrementMetadataAsync("visits.all", cancellationToken: Cancellation);

        Assert.Equal(["findAndModify"], database.Commands.Names);
        Assert.Equal(["_id", "metadata.visits.all"], database.Commands.Commands[0]["fields"].AsBsonDocument.Names);
    }

    [Fact]
    public async Task IncrementMetadataAsync_Refused_LooksForTheLayoutAndTheReason()
    {
        await _session.UpdateMetadataAsync(new Dictionary<string, object?> { ["text"] = "x" }, Cancellation);
        database.Commands.Clear();

        await Assert.ThrowsAsync<ArgumentException>(() => _session.IncrementMetadataAsync("text", cancellationToken: Cancellation));

        Assert.Equal(["findAndModify", "find", "find"], database.Commands.Names);
    }

    [Fact]
    public async Task Operation_WithNothingToDo_SendsNothing()
    {
        await _session.UpdateMetadataAsync(new Dictionary<string, object?>(), Cancellation);
        await _session.DeleteMetadataAsync([], Cancellation);
        await _session.UpdateAgentConfigAsync("support", cancellationToken: Cancellation);

        Assert.Empty(database.Commands.Names);
    }

    [Fact]
    public async Task Reads_Always_AskForTheFieldsThatTheyReturn()
    {
        // Nearly every read takes the whole document in the reference (faults 18 to 22).
        await _session.GetApplicationNameAsync(Cancellation);
        await _session.GetAgentConfigAsync("support", Cancellation);
        await _session.ListAgentsAsync(Cancellation);
        await database.Factory.Create(_sessionId).InitializeAsync(Agents.Support(), Cancellation);
        await _session.GetMessageCountAsync("support", Cancellation);

        var reads = database.Commands.Commands;
        string[] ofAgent =
        [
            "agents.support.agent_data", "agents.support.captured_config", "schema_version", "agents.support.branch", "agents.support.base",
            "agents.support.end", "agents.support.run", "agents.support.redaction", "title", "generated_title", "next", "first",
        ];
        string[][] expected =
        [
            ["application_name", "created_at", "updated_at", "metadata", "title", "generated_title", "agents"],
            [
                "agents.support.agent_data.agent_id", "agents.support.agent_data.model",
                "agents.support.agent_data.system_prompt", "agents.support.agent_data.prompt_metadata", "schema_version",
            ],
            ["agents"],
            [.. ofAgent, "expires_at", "messages_expire_at", "hold", "deleted"],
            ofAgent,
        ];
        var ofSessions = reads.Where(read => read.GetValue("find", "") == database.Sessions.CollectionNamespace.CollectionName).ToArray();
        Assert.Equal(expected, ofSessions.Select(find => find["projection"].AsBsonDocument.Names.ToArray()));
        var ofEachAgent = ofSessions[2]["projection"]["agents"]["$cond"][1]["$map"]["in"]["v"].AsBsonDocument;
        Assert.Equal(["model", "system_prompt", "prompt_metadata"], ofEachAgent.Names);
        Assert.Equal(["message_id"], reads[^1]["projection"].AsBsonDocument.Names);
        Assert.Equal(1, reads[^1]["limit"].ToInt32());
    }

    [Fact]
    public async Task SyncAgentAsync_StateAndMetricsChanged_SendsBothWithoutWaitingInBetween()
    {
        await using var proxy = TcpProxy.Start(database.ConnectionString);
        await using var services = database.CreateServices(options =>
        {
            options.ConnectionString = proxy.ConnectionString;
            // They would come in between, at a time of their own.
            options.CreateIndexes = false;
        });
        var session = services.GetRequiredService<ISessionManagerFactory>().Create(_sessionId);
        await session.InitializeAsync(_agent, Cancellation);
        await session.AppendMessageAsync(Agents.Assistant(), _agent, Cancellation);
        _agent.State["mark"] = "the state";
        _agent.Metrics.AddModelCall(new UsageDetails { InputTokenCount = 1 }, TimeSpan.FromSeconds(1));

        proxy.AnswerOnlyAfter("the state", "event_loop_metrics");
        await session.SyncAgentAsync(_agent, Cancellation);

        Assert.Equal("the state", (await database.FindSessionAsync(_sessionId))["agents"]["support"]["agent_data"]["state"]["mark"]);
    }

    private int GetLimitOfLatest() =>
        database.Commands.Commands.First(command => command.GetValue("find", "") == database.Messages.CollectionNamespace.CollectionName)["limit"].ToInt32();
}
