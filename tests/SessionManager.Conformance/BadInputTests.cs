using Microsoft.Extensions.AI;

namespace SessionManager.Conformance;

/// <summary>
/// Input that cannot be stored, and calls that are cancelled: an exception that names the fault, and nothing written.
/// </summary>
public abstract class BadInputTests(ConformanceFixture fixture) : ConformanceTests(fixture)
{
    /// <summary>
    /// Gets ids of sessions and agents that are refused.
    /// </summary>
    public static TheoryData<string?> BadIds => [(string?)null, "", "  ", "a\0b", new string('x', 256), new string('ß', 128), "\ud800"];

    /// <summary>
    /// Gets keys of metadata that are refused.
    /// </summary>
    public static TheoryData<string> BadKeys => ["", " ", ".", "a.", ".a", "a..b", "$a", "a.$b", "a\0b"];

    /// <summary>
    /// Gets values of metadata that are refused.
    /// </summary>
    public static TheoryData<object> UnstorableValues => [(Action)(() => { }), typeof(string), new MemoryStream(), Task.CompletedTask];

    [Theory]
    [MemberData(nameof(BadIds))]
    public async Task EveryCall_BadSessionId_NamesTheParameter(string? id)
    {
        Assert.Equal("sessionId", Assert.ThrowsAny<ArgumentException>(() => Factory.Create(id!)).ParamName);
        foreach (var call in StorageCalls(id!, "support"))
        {
            Assert.Equal("sessionId", (await Assert.ThrowsAnyAsync<ArgumentException>(call)).ParamName);
        }
    }

    [Theory]
    [MemberData(nameof(BadIds))]
    public async Task EveryCall_BadAgentId_NamesTheParameterAndWritesNothing(string? id)
    {
        var (session, _) = await StartAsync();
        var agent = new AgentWithId { AgentId = id! };
        Func<Task>[] calls =
        [
            () => session.InitializeAsync(agent, Cancellation),
            () => session.AppendMessageAsync(User(), agent, Cancellation),
            () => session.SyncAgentAsync(agent, Cancellation),
            () => session.RedactLatestMessageAsync(User(), agent, cancellationToken: Cancellation),
            () => session.ListMessagesAsync(id!, cancellationToken: Cancellation),
            () => session.GetMessageCountAsync(id!, Cancellation),
            () => session.GetAgentConfigAsync(id!, Cancellation),
            () => session.UpdateAgentConfigAsync(id!, model: "m", cancellationToken: Cancellation),
            () => session.SetPromptMetadataAsync(id!, Map(("a", 1)), Cancellation),
        ];

        foreach (var call in calls)
        {
            Assert.Contains((await Assert.ThrowsAnyAsync<ArgumentException>(call)).ParamName, (string[])["agent", "agentId"]);
        }

        Assert.Single(await session.ListAgentsAsync(Cancellation));
    }

    [Fact]
    public async Task Create_LongestId_Works()
    {
        var session = Factory.Create(new string('x', 255));

        await session.CreateSessionAsync(Cancellation);

        Assert.True(await session.SessionExistsAsync(Cancellation));
    }

    [Theory]
    [MemberData(nameof(BadKeys))]
    public async Task EveryMetadataCall_BadKey_ThrowsAndWritesNothing(string key)
    {
        var (session, _) = await StartAsync();
        await session.UpdateMetadataAsync(Map(("good", 1)), Cancellation);

        await Assert.ThrowsAsync<ArgumentException>(() => session.UpdateMetadataAsync(Map(("other", 2), (key, 3)), Cancellation));
        await Assert.ThrowsAsync<ArgumentException>(() => session.DeleteMetadataAsync(["good", key], Cancellation));
        await Assert.ThrowsAsync<ArgumentException>(() => session.GetMetadataAsync(["good", key], Cancellation));
        await Assert.ThrowsAsync<ArgumentException>(() => session.IncrementMetadataAsync(key, cancellationToken: Cancellation));

        await AssertMetadataAsync(session, Map(("good", 1)));
    }

    [Theory]
    [MemberData(nameof(BadKeys))]
    public async Task CreateSessionAsync_BadKey_ThrowsAndCreatesNothing(string key)
    {
        await Assert.ThrowsAsync<ArgumentException>(() => Open().CreateSessionAsync(Map(("good", 1), (key, 2)), Cancellation));

        Assert.False(await Open().SessionExistsAsync(Cancellation));
    }

    [Fact]
    public async Task UpdateMetadataAsync_KeyAndItsOwnChild_ThrowsAndWritesNothing()
    {
        var (session, _) = await StartAsync();

        await Assert.ThrowsAsync<ArgumentException>(() => session.UpdateMetadataAsync(Map(("p", 1), ("p.q", 2)), Cancellation));
        await Assert.ThrowsAsync<ArgumentException>(() => session.DeleteMetadataAsync(["p.q", "p"], Cancellation));
        var other = Factory.Create(NewSessionId());
        await Assert.ThrowsAsync<ArgumentException>(() => other.CreateSessionAsync(Map(("p.q", 1), ("p", 2)), Cancellation));

        await AssertMetadataAsync(session, Map());
        Assert.False(await other.SessionExistsAsync(Cancellation));
    }

    [Theory]
    [MemberData(nameof(UnstorableValues), DisableDiscoveryEnumeration = true)]
    public async Task UpdateMetadataAsync_ValueThatCannotBeStored_NamesKeyAndTypeAndWritesNothing(object value)
    {
        var (session, _) = await StartAsync();

        var exception = await Assert.ThrowsAsync<ArgumentException>(
            () => session.UpdateMetadataAsync(Map(("good", 1), ("outer", Map(("broken", value)))), Cancellation));

        Assert.Contains("outer", exception.Message, StringComparison.Ordinal);
        Assert.Contains("broken", exception.Message, StringComparison.Ordinal);
        Assert.Contains(value.GetType().Name.Split('`')[0], exception.Message, StringComparison.Ordinal);
        await AssertMetadataAsync(session, Map());

        var other = Factory.Create(NewSessionId());
        var ofCreation = await Assert.ThrowsAsync<ArgumentException>(
            () => other.CreateSessionAsync(Map(("good", 1), ("outer", Map(("broken", value)))), Cancellation));
        Assert.Equal(exception.Message, ofCreation.Message);
        Assert.False(await other.SessionExistsAsync(Cancellation));
    }

    [Fact]
    public async Task AppendMessageAsync_MessageOverTheLimit_TellsSizeAndLimitAndTheSessionStaysUsable()
    {
        var (session, agent) = await StartAsync();
        var large = new ChatMessage(ChatRole.User, [new DataContent(new byte[16 * 1024 * 1024], "application/octet-stream")]);

        var exception = await Assert.ThrowsAsync<MessageTooLargeException>(() => session.AppendMessageAsync(large, agent, Cancellation));

        Assert.Equal((SessionId, "support", 16 * 1024 * 1024), (exception.SessionId, exception.AgentId, exception.Limit));
        Assert.True(exception.Size > exception.Limit);
        Assert.Equal(0, await session.AppendMessageAsync(User(), agent, Cancellation));
    }

    [Fact]
    public async Task InitializeAsync_MessageOverTheLimit_AddsNothing()
    {
        var agent = CreateAgent();
        agent.Messages.Add(User());
        agent.Messages.Add(new ChatMessage(ChatRole.User, [new DataContent(new byte[16 * 1024 * 1024], "application/octet-stream")]));

        await Assert.ThrowsAsync<MessageTooLargeException>(() => Open().InitializeAsync(agent, Cancellation));

        Assert.False(await Open().SessionExistsAsync(Cancellation));
        Assert.Equal(0, await Open().GetMessageCountAsync("support", Cancellation));
    }

    [Fact]
    public async Task AppendMessageAsync_MessageThatCannotBeStored_ThrowsAndStoresNothing()
    {
        var (session, agent) = await StartAsync();
        var message = new ChatMessage(ChatRole.User, "text") { AdditionalProperties = new() { ["callback"] = (Action)(() => { }) } };

        await Assert.ThrowsAnyAsync<ArgumentException>(() => session.AppendMessageAsync(message, agent, Cancellation));

        Assert.Equal(0, await session.AppendMessageAsync(User(), agent, Cancellation));
    }

    [Fact]
    public async Task EveryText_HalfOfASurrogatePair_ThrowsAndWritesNothing()
    {
        const string Half = "cut \ud83d";
        var (session, _) = await StartAsync();
        var nameless = Factory.Create(NewSessionId(), new() { ApplicationName = Half });

        await Assert.ThrowsAnyAsync<ArgumentException>(() => nameless.CreateSessionAsync(Cancellation));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => nameless.InitializeAsync(CreateAgent(), Cancellation));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => Factory.Create(nameless.SessionId).CreateSessionAsync(Map(("a", Half)), Cancellation));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => session.UpdateAgentConfigAsync("support", model: Half, cancellationToken: Cancellation));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => session.UpdateAgentConfigAsync("support", systemPrompt: Half, cancellationToken: Cancellation));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => session.InitializeAsync(new SessionAgent("other") { Model = Half }, Cancellation));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => session.UpdateMetadataAsync(Map(("a", Half)), Cancellation));

        Assert.False(await nameless.SessionExistsAsync(Cancellation));
        Assert.Equal(("model-1", "You help."), ((await session.GetAgentConfigAsync("support", Cancellation))?.Model, (await session.GetAgentConfigAsync("support", Cancellation))?.SystemPrompt));
        Assert.Single(await session.ListAgentsAsync(Cancellation));
        await AssertMetadataAsync(session, Map());
    }

    [Fact]
    public async Task EveryCall_NullArgument_Throws()
    {
        var (session, agent) = await StartAsync();

        await Assert.ThrowsAsync<ArgumentNullException>(() => session.InitializeAsync(null!, Cancellation));
        await Assert.ThrowsAsync<ArgumentNullException>(() => session.AppendMessageAsync(null!, agent, Cancellation));
        await Assert.ThrowsAsync<ArgumentNullException>(() => session.RedactLatestMessageAsync(null!, agent, cancellationToken: Cancellation));
        await Assert.ThrowsAsync<ArgumentNullException>(() => session.CreateSessionAsync(null!, Cancellation));
        await Assert.ThrowsAsync<ArgumentNullException>(() => session.UpdateMetadataAsync(null!, Cancellation));
        await Assert.ThrowsAsync<ArgumentNullException>(() => session.DeleteMetadataAsync(null!, Cancellation));
        await Assert.ThrowsAsync<ArgumentNullException>(() => session.IncrementMetadataAsync(null!, cancellationToken: Cancellation));
        await Assert.ThrowsAsync<ArgumentNullException>(() => Storage.IncrementMetadataAsync(SessionId, null!, 1, Cancellation));
        await Assert.ThrowsAsync<ArgumentNullException>(() => session.AddFeedbackAsync(null!, Cancellation));
        await Assert.ThrowsAsync<ArgumentNullException>(() => session.SetPromptMetadataAsync("support", null!, Cancellation));
        await Assert.ThrowsAsync<ArgumentNullException>(() => Storage.Catalog!.ListSessionsAsync(null!, Cancellation));
    }

    [Theory]
    [InlineData(-1, null, null)]
    [InlineData(0, -1, null)]
    [InlineData(0, null, -1)]
    public async Task ListMessagesAsync_NegativeNumber_Throws(int from, int? before, int? limit)
    {
        var query = new MessageQuery { FromPosition = from, BeforePosition = before, Limit = limit };

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Open().ListMessagesAsync("support", query, Cancellation));
        Assert.Throws<ArgumentOutOfRangeException>(() => Open().StreamMessagesAsync("support", query, Cancellation));
    }

    [Fact]
    public async Task EveryCall_CancelledBefore_ThrowsAndChangesNothing()
    {
        var (session, agent) = await StartAsync();
        await session.AppendMessageAsync(User("first"), agent, Cancellation);
        agent.State["a"] = 1;
        var before = await GetInfoAsync();
        var cancelled = new CancellationToken(canceled: true);
        Func<Task>[] calls =
        [
            .. StorageCalls(SessionId, "support", cancelled),
            () => session.CreateSessionAsync(Map(("a", 1)), cancelled),
            () => session.IncrementMetadataAsync("a", cancellationToken: cancelled),
            () => session.InitializeAsync(CreateAgent("other"), cancelled),
            () => session.AppendMessageAsync(User(), agent, cancelled),
            () => session.SyncAgentAsync(agent, cancelled),
            () => session.RedactLatestMessageAsync(User(), agent, cancellationToken: cancelled),
            () => session.AddFeedbackAsync(new Feedback(), cancelled),
        ];
        Wait();

        foreach (var call in calls)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(call);
        }

        Assert.Equivalent(before, await GetInfoAsync());
        Assert.Equal("first", Assert.Single(await session.ListMessagesAsync("support", cancellationToken: Cancellation)).EffectiveMessage.Text);
        Assert.Equal(1, await session.AppendMessageAsync(User(), agent, Cancellation));
    }

    private static async Task AssertMetadataAsync(ISessionManager session, Dictionary<string, object?> expected) =>
        Assert.Equivalent(expected, await session.GetMetadataAsync(cancellationToken: Cancellation), strict: true);

    private Func<Task>[] StorageCalls(string sessionId, string agentId, CancellationToken cancellationToken = default) =>
    [
        () => Storage.GetSessionAsync(sessionId, cancellationToken),
        () => Storage.CreateSessionAsync(sessionId, null, Map(("a", 1)), true, cancellationToken),
        () => Storage.GetOrAddAgentAsync(sessionId, new StoredAgent { AgentId = agentId }, [], null, null, null, mustExist: false, cancellationToken),
        () => Storage.GetAgentAsync(sessionId, agentId, cancellationToken),
        () => Storage.UpdateAgentAsync(sessionId, new StoredAgent { AgentId = agentId, Model = "m" }, null, cancellationToken),
        () => Storage.TryRenewRunAsync(sessionId, agentId, new RunRequest("token", "owner", TimeSpan.FromSeconds(1)), cancellationToken),
        () => Storage.TryStopRunAsync(sessionId, agentId, cancellationToken),
        () => Storage.ListBranchesAsync(sessionId, agentId, 0, null, 1, cancellationToken),
        () => Storage.FindBranchAsync(sessionId, agentId, null, cancellationToken),
        () => Storage.GetAgentConfigAsync(sessionId, agentId, cancellationToken),
        () => Storage.ListAgentsAsync(sessionId, cancellationToken),
        () => Storage.AddFirstMessagesAsync(sessionId, new AgentBranch(agentId, 0), [User()], cancellationToken),
        () => Storage.AppendMessageAsync(sessionId, new AgentBranch(agentId, 0), User(), null, null, cancellationToken),
        () => Storage.SetEventLoopMetricsAsync(sessionId, new AgentBranch(agentId, 0), 0, new EventLoopMetrics(), cancellationToken),
        () => Storage.ListMessagesAsync(sessionId, new AgentBranch(agentId, 0), new MessageQuery(), cancellationToken),
        () => Storage.GetMessageCountAsync(sessionId, new AgentBranch(agentId, 0), cancellationToken),
        () => Storage.RedactMessageAsync(sessionId, new AgentBranch(agentId, 0), 0, User(), new RedactionDetails(), cancellationToken),
        () => Storage.ListGuardrailEventsAsync(sessionId, cancellationToken),
        () => Storage.UpdateMetadataAsync(sessionId, Map(("a", 1)), cancellationToken),
        () => Storage.GetMetadataAsync(sessionId, null, cancellationToken),
        () => Storage.DeleteMetadataAsync(sessionId, ["a"], cancellationToken),
        () => Storage.IncrementMetadataAsync(sessionId, "a", 1, cancellationToken),
        () => Storage.AddFeedbackAsync(sessionId, new Feedback(), null, cancellationToken),
        () => Storage.GetFeedbacksAsync(sessionId, cancellationToken),
        () => Storage.ListFeedbacksAsync(sessionId, new FeedbackQuery(), cancellationToken),
        () => Storage.DeleteFeedbackAsync(sessionId, "id", cancellationToken),
        () => Storage.GetUsageAsync(sessionId, cancellationToken),
        () => Storage.DeleteSessionAsync(sessionId, cancellationToken),
    ];

    private sealed class AgentWithId : ISessionAgent
    {
        public required string AgentId { get; init; }

        public string? Model => null;

        public string? SystemPrompt => null;

        public IList<ChatMessage> Messages { get; } = [];

        public System.Text.Json.Nodes.JsonObject State { get; set; } = [];

        public System.Text.Json.Nodes.JsonObject ConversationManagerState { get; set; } = [];

        public EventLoopMetrics GetMetrics() => new();
    }
}
