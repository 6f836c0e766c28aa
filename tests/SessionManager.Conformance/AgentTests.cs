using System.Text.Json.Nodes;

namespace SessionManager.Conformance;

/// <summary>
/// Agents of a session: adding, restoring and syncing them, and what of them is stored.
/// </summary>
public abstract class AgentTests(ConformanceFixture fixture) : ConformanceTests(fixture)
{
    [Fact]
    public async Task Case21_JsonOfState_IsTheSameText()
    {
        const string Json = """{"z":1.10,"a":[1.0,1E2,-0.0,1e-7,123456789012345678901234567890,0.1],"":{"e":"e"}}""";
        var session = Open();
        var agent = CreateAgent();
        agent.State = (JsonObject)JsonNode.Parse(Json)!;
        agent.ConversationManagerState = (JsonObject)JsonNode.Parse(Json)!;
        await session.InitializeAsync(agent, Cancellation);

        var resumed = CreateAgent();
        await Open().InitializeAsync(resumed, Cancellation);

        Assert.Equal(Json, resumed.State.ToJsonString());
        Assert.Equal(Json, resumed.ConversationManagerState.ToJsonString());
    }

    [Fact]
    public async Task InitializeAsync_NewAgent_StoresItAndItsMessages()
    {
        var agent = CreateAgent();
        agent.State["mood"] = "calm";
        agent.Messages.Add(User("one"));
        agent.Messages.Add(Assistant("two"));

        var result = await Open().InitializeAsync(agent, Cancellation);

        Assert.Equal(new AgentInitialization { IsNewAgent = true, RestoredMessageCount = 0 }, result);
        var stored = await Storage.GetAgentAsync(SessionId, "support", Cancellation);
        Assert.Equal(("model-1", "You help.", "calm"), (stored?.Model, stored?.SystemPrompt, stored?.State?["mood"]?.GetValue<string>()));
        Assert.Equal(["one", "two"], (await Open().ListMessagesAsync("support", cancellationToken: Cancellation)).Select(message => message.Message.Text));
    }

    [Fact]
    public async Task InitializeAsync_KnownAgentInASecondProcess_RestoresItAndKeepsItsMessages()
    {
        // Creating an agent overwrites one in the reference (fault 2).
        var (session, agent) = await StartAsync();
        agent.State["nested"] = new JsonObject { ["list"] = new JsonArray(1, 2.5, null, "x") };
        agent.ConversationManagerState["__name__"] = "window";
        await session.AppendMessageAsync(User("one"), agent, Cancellation);
        await session.AppendMessageAsync(Assistant("two"), agent, Cancellation);
        await session.SyncAgentAsync(agent, Cancellation);

        var resumed = CreateAgent();
        resumed.Messages.Add(User("not stored"));
        var result = await Open().InitializeAsync(resumed, Cancellation);

        Assert.Equal(new AgentInitialization { IsNewAgent = false, RestoredMessageCount = 2 }, result);
        Assert.Equal(["one", "two"], resumed.Messages.Select(message => message.Text));
        Assert.True(JsonNode.DeepEquals(agent.State, resumed.State), resumed.State.ToJsonString());
        Assert.Equal("window", resumed.ConversationManagerState["__name__"]?.GetValue<string>());
    }

    [Fact]
    public async Task InitializeAsync_RemovedMessages_AreLeftOutAndStayStored()
    {
        var (session, agent) = await StartAsync();
        for (var i = 0; i < 5; i++)
        {
            await session.AppendMessageAsync(User($"{i}"), agent, Cancellation);
        }

        agent.RemovedMessageCount = 3;
        await session.SyncAgentAsync(agent, Cancellation);

        var resumed = CreateAgent();
        var reopened = Open();
        await reopened.InitializeAsync(resumed, Cancellation);

        Assert.Equal(["3", "4"], resumed.Messages.Select(message => message.Text));
        Assert.Equal(5, await reopened.AppendMessageAsync(User("5"), resumed, Cancellation));
        Assert.Equal(6, await reopened.GetMessageCountAsync("support", Cancellation));
    }

    [Theory]
    [InlineData("v1.5")]
    [InlineData("$ref")]
    [InlineData("a%2Eb")]
    [InlineData("agents.support")]
    [InlineData("größe 😀")]
    public async Task InitializeAsync_AgentIdThatIsNoPlainName_Works(string agentId)
    {
        // A dotted agent id loses its whole history in the reference (fault 1).
        var (session, agent) = await StartAsync(agentId);
        await session.AppendMessageAsync(User("kept"), agent, Cancellation);
        agent.State["a"] = 1;
        await session.SyncAgentAsync(agent, Cancellation);

        var resumed = CreateAgent(agentId);
        await Open().InitializeAsync(resumed, Cancellation);

        Assert.Equal("kept", Assert.Single(resumed.Messages).Text);
        Assert.Equal(1, resumed.State["a"]?.GetValue<int>());
        Assert.Equal(agentId, Assert.Single(await session.ListAgentsAsync(Cancellation)).AgentId);
        Assert.Equal(agentId, (await session.GetAgentConfigAsync(agentId, Cancellation))?.AgentId);
    }

    [Fact]
    public async Task UpdateAgentAsync_UnknownSession_NamesIt()
    {
        var exception = await Assert.ThrowsAsync<SessionNotFoundException>(
            () => Storage.UpdateAgentAsync(SessionId, new StoredAgent { AgentId = "support", Model = "m" }, Cancellation));

        Assert.StartsWith($"Session {SessionId} not found", exception.Message, StringComparison.Ordinal);
        Assert.Equal(SessionId, exception.SessionId);
        Assert.False(await Open().SessionExistsAsync(Cancellation));
    }

    [Fact]
    public async Task SyncAgentAsync_ChangedAgent_UpdatesTheSessionAndKeepsItsCreation()
    {
        var (session, agent) = await StartAsync();

        agent.State["a"] = 1;
        await AssertUpdatesAsync(() => session.SyncAgentAsync(agent, Cancellation));
    }

    [Fact]
    public async Task SyncAgentAsync_UnchangedAgent_WritesNothing()
    {
        var (session, agent) = await StartAsync();
        var before = await GetInfoAsync();
        Wait();

        await session.SyncAgentAsync(agent, Cancellation);

        Assert.Equivalent(before, await GetInfoAsync());
    }

    [Fact]
    public async Task SyncAgentAsync_UnknownAgent_ThrowsAndCreatesNothing()
    {
        // Configuring an unknown agent creates a broken one in the reference (fault 5).
        var (session, _) = await StartAsync();

        var exception = await Assert.ThrowsAsync<AgentNotFoundException>(() => Open().SyncAgentAsync(Changed("other"), Cancellation));

        Assert.Equal((SessionId, "other"), (exception.SessionId, exception.AgentId));
        Assert.Single(await session.ListAgentsAsync(Cancellation));
    }

    [Fact]
    public async Task GetAgentAsync_UnknownAgent_IsNull()
    {
        await StartAsync();

        Assert.Null(await Storage.GetAgentAsync(SessionId, "other", Cancellation));
        Assert.Null(await Open().GetAgentConfigAsync("other", Cancellation));
    }

    [Fact]
    public async Task GetAgentAsync_Configuration_IsNotPartOfTheState()
    {
        var (session, _) = await StartAsync();
        await session.SetPromptMetadataAsync("support", Map(("prompt_id", "p1")), Cancellation);

        var stored = await Storage.GetAgentAsync(SessionId, "support", Cancellation);

        Assert.Equal("{}", stored?.State?.ToJsonString());
        Assert.Equal("{}", stored?.ConversationManagerState?.ToJsonString());
    }

    [Fact]
    public async Task EveryOperation_TwoManagersOfOneSession_SeeEachOther()
    {
        var (first, agent) = await StartAsync();
        var second = Open();
        var other = CreateAgent();
        await second.InitializeAsync(other, Cancellation);

        await first.AppendMessageAsync(User("one"), agent, Cancellation);
        await second.AppendMessageAsync(User("two"), other, Cancellation);
        await first.UpdateMetadataAsync(Map(("a", 1)), Cancellation);
        await second.UpdateMetadataAsync(Map(("b", 2)), Cancellation);

        Assert.Equal(["one", "two"], (await first.ListMessagesAsync("support", cancellationToken: Cancellation)).Select(message => message.Message.Text));
        Assert.Equivalent(Map(("a", 1), ("b", 2)), await first.GetMetadataAsync(cancellationToken: Cancellation), strict: true);
    }

    [Fact]
    public async Task InitializeAsync_MutatedAfterwards_DoesNotReachWhatIsStored()
    {
        var agent = CreateAgent();
        agent.State["list"] = new JsonArray(1);
        var message = User("original");
        agent.Messages.Add(message);
        await Open().InitializeAsync(agent, Cancellation);

        agent.State["list"]!.AsArray().Add(2);
        message.Contents.Clear();
        var first = CreateAgent();
        await Open().InitializeAsync(first, Cancellation);
        first.Messages[0].Contents.Clear();
        first.State.Clear();

        var second = CreateAgent();
        await Open().InitializeAsync(second, Cancellation);
        Assert.Equal("original", Assert.Single(second.Messages).Text);
        Assert.Equal("""{"list":[1]}""", second.State.ToJsonString());
    }

    private static SessionAgent Changed(string agentId)
    {
        var agent = CreateAgent(agentId);
        agent.State["a"] = 1;
        return agent;
    }
}
