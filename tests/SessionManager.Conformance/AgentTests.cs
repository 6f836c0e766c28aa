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
            () => Storage.UpdateAgentAsync(SessionId, new StoredAgent { AgentId = "support", Model = "m" }, null, Cancellation));

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
    public async Task SyncAgentAsync_TwoHoldersOfOneAgent_KeepEachOthersKeys()
    {
        // The last one wins in the reference, and what the other has stored is gone.
        var (first, firstAgent) = await StartAsync();
        firstAgent.State["shared"] = "old";
        firstAgent.State["dropped"] = 1;
        await first.SyncAgentAsync(firstAgent, Cancellation);
        var (second, secondAgent) = await ResumeAsync();

        firstAgent.State["first"] = new JsonObject { ["a"] = 1 };
        firstAgent.State.Remove("dropped");
        secondAgent.State["second"] = null;
        secondAgent.State["shared"] = "new";
        await first.SyncAgentAsync(firstAgent, Cancellation);
        await second.SyncAgentAsync(secondAgent, Cancellation);
        firstAgent.State["first"] = 2;
        await first.SyncAgentAsync(firstAgent, Cancellation);

        var (_, resumed) = await ResumeAsync();
        Assert.True(
            JsonNode.DeepEquals(new JsonObject { ["shared"] = "new", ["first"] = 2, ["second"] = null }, resumed.State), resumed.State.ToJsonString());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task SyncAgentAsync_ManyHoldersAndAnyKeys_LeaveWhatTheyChangedLast(int seed)
    {
        var random = new Random(seed);
        var expected = new JsonObject { ["kept"] = "as it is" };
        var (starting, started) = await StartAsync();
        started.State["kept"] = "as it is";
        await starting.SyncAgentAsync(started, Cancellation);
        List<(ISessionManager Session, SessionAgent Agent)> holders = [await ResumeAsync(), await ResumeAsync(), await ResumeAsync()];
        for (var step = 0; step < 60; step++)
        {
            // Each has keys of its own, so that what is stored last is what is set last.
            var holder = random.Next(holders.Count);
            var (session, agent) = holders[holder];
            for (var i = random.Next(1, 4); i > 0; i--)
            {
                var key = $"{holder}-{(char)('a' + random.Next(5))}";
                if (random.Next(3) == 0)
                {
                    agent.State.Remove(key);
                    expected.Remove(key);
                }
                else
                {
                    JsonNode? value = random.Next(3) switch { 0 => null, 1 => step, _ => new JsonObject { ["step"] = step } };
                    agent.State[key] = value;
                    expected[key] = value?.DeepClone();
                }
            }

            await session.SyncAgentAsync(agent, Cancellation);
            if (random.Next(10) == 0)
            {
                holders[holder] = await ResumeAsync();
            }
        }

        var (_, resumed) = await ResumeAsync();
        Assert.True(JsonNode.DeepEquals(expected, resumed.State), $"{expected.ToJsonString()} {resumed.State.ToJsonString()}");
    }

    [Theory]
    [InlineData("")]
    [InlineData("a.b")]
    [InlineData("$set")]
    [InlineData("50%")]
    [InlineData("0")]
    [InlineData("state")]
    [InlineData("größe 😀")]
    public async Task SyncAgentAsync_KeyOfAnyName_IsSetAndRemoved(string key)
    {
        var (session, agent) = await StartAsync();
        agent.State["other"] = 1;
        agent.State[key] = 1;
        await session.SyncAgentAsync(agent, Cancellation);

        agent.State[key] = 2;
        await session.SyncAgentAsync(agent, Cancellation);
        Assert.Equal(2, (await ResumeAsync()).Agent.State[key]?.GetValue<int>());

        agent.State.Remove(key);
        await session.SyncAgentAsync(agent, Cancellation);
        Assert.Equal(["other"], (await ResumeAsync()).Agent.State.Select(field => field.Key));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(1000)]
    public async Task SyncAgentAsync_ManyKeys_AreStored(int count)
    {
        var (session, agent) = await StartAsync();
        agent.State["removed"] = true;
        await session.SyncAgentAsync(agent, Cancellation);

        agent.State.Remove("removed");
        for (var i = 1; i < count; i++)
        {
            agent.State[$"key {i}"] = i;
        }

        await session.SyncAgentAsync(agent, Cancellation);

        Assert.True(JsonNode.DeepEquals(agent.State, (await ResumeAsync()).Agent.State));
    }

    [Fact]
    public async Task UpdateAgentAsync_WithoutChangedKeys_ReplacesTheStateWhole()
    {
        await Storage.GetOrAddAgentAsync(SessionId, new StoredAgent { AgentId = "support", State = new() { ["a"] = 1 } }, [], null, null, null, mustExist: false, Cancellation);

        await Storage.UpdateAgentAsync(SessionId, new StoredAgent { AgentId = "support", State = new() { ["b"] = 2 } }, null, Cancellation);

        Assert.Equal("""{"b":2}""", (await Storage.GetAgentAsync(SessionId, "support", Cancellation))!.State!.ToJsonString());
    }

    [Fact]
    public async Task UpdateAgentAsync_KeyGivenTwiceOrNotThere_IsNoError()
    {
        await Storage.GetOrAddAgentAsync(SessionId, new StoredAgent { AgentId = "support", State = new() { ["a"] = 1 } }, [], null, null, null, mustExist: false, Cancellation);

        var update = new StoredAgent { AgentId = "support", State = new() { ["b"] = 2, ["c"] = 3 }, ChangedStateKeys = ["b", "b", "not there", "not there"] };
        await Storage.UpdateAgentAsync(SessionId, update, null, Cancellation);

        Assert.Equal("""{"a":1,"b":2}""", (await Storage.GetAgentAsync(SessionId, "support", Cancellation))!.State!.ToJsonString());
        await Assert.ThrowsAsync<ArgumentException>(() => Storage.UpdateAgentAsync(SessionId, update with { ChangedStateKeys = [null!] }, null, Cancellation));
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

    private async Task<(ISessionManager Session, SessionAgent Agent)> ResumeAsync()
    {
        var session = Open();
        var agent = CreateAgent();
        await session.InitializeAsync(agent, Cancellation);
        return (session, agent);
    }
}
