using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using MongoDB.Bson;
using MongoDB.Driver.Core.Events;
using SessionManager.IntegrationTests.Storage.Mongo;

namespace SessionManager.IntegrationTests.Sessions;

public sealed class InitializeTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    private readonly string _sessionId = DatabaseFixture.NewSessionId();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task InitializeAsync_NewSession_StoresTheDocumentFieldByField()
    {
        await using var session = database.Factory.Create(_sessionId, new SessionManagerOptions { ApplicationName = "shop" });
        var agent = Agents.Support();
        agent.State["mood"] = "calm";
        agent.RemovedMessageCount = 0;

        var result = await session.InitializeAsync(agent, Cancellation);

        Assert.True(result.IsNewAgent);
        var stored = await database.FindSessionAsync(_sessionId);
        var created = stored["created_at"];
        Assert.IsType<BsonDateTime>(created);
        var branch = stored["first"].AsInt32;
        Assert.Equal(created.ToUniversalTime(), new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddSeconds(branch), TimeSpan.FromSeconds(5));
        Assert.Equal(
            BsonDocument.Parse(
                $$"""
                {
                  "_id": "{{_sessionId}}",
                  "session_id": "{{_sessionId}}",
                  "application_name": "shop",
                  "session_type": "AGENT",
                  "schema_version": 1,
                  "created_at": {{created.ToJson()}},
                  "updated_at": {{created.ToJson()}},
                  "first": {{branch}},
                  "next": {{branch + 1}},
                  "agents": {
                    "support": {
                      "agent_data": {
                        "agent_id": "support",
                        "state": { "mood": "calm" },
                        "conversation_manager_state": { "removed_message_count": 0 },
                        "model": "model-1",
                        "system_prompt": "You help."
                      },
                      "created_at": {{created.ToJson()}},
                      "updated_at": {{created.ToJson()}},
                      "branch": {{branch}},
                      "captured_config": "4f93e5df395c7b83:2d304e4f132328d4"
                    }
                  },
                  "metadata": {}
                }
                """),
            stored);
        Assert.Equal(
            ["_id", "session_id", "application_name", "session_type", "schema_version", "created_at", "updated_at", "first", "next", "agents", "metadata"],
            stored.Names);
    }

    [Fact]
    public async Task InitializeAsync_NoApplicationName_StoresNull()
    {
        await database.Factory.Create(_sessionId).InitializeAsync(Agents.Support(), Cancellation);

        Assert.Equal(BsonNull.Value, (await database.FindSessionAsync(_sessionId))["application_name"]);
        Assert.Null(await database.Factory.Create(_sessionId).GetApplicationNameAsync(Cancellation));
    }

    [Fact]
    public async Task InitializeAsync_OtherApplicationNameLater_KeepsTheFirst()
    {
        await database.Factory.Create(_sessionId, new() { ApplicationName = "first" }).InitializeAsync(Agents.Support(), Cancellation);

        var later = database.Factory.Create(_sessionId, new() { ApplicationName = "second" });
        await later.InitializeAsync(Agents.Support("billing"), Cancellation);

        Assert.Equal("first", await later.GetApplicationNameAsync(Cancellation));
    }

    [Fact]
    public async Task InitializeAsync_StoredNullApplicationName_IsKept()
    {
        await database.Factory.Create(_sessionId).InitializeAsync(Agents.Support(), Cancellation);

        var later = database.Factory.Create(_sessionId, new() { ApplicationName = "second" });
        await later.InitializeAsync(Agents.Support("billing"), Cancellation);

        Assert.Null(await later.GetApplicationNameAsync(Cancellation));
    }

    [Fact]
    public async Task InitializeAsync_KnownAgent_RestoresMessagesAndState()
    {
        var agent = Agents.Support();
        agent.State = new JsonObject { ["customer"] = new JsonObject { ["name"] = "Ada", ["orders"] = new JsonArray(1, 2.5, null, true) } };
        await using (var session = database.Factory.Create(_sessionId))
        {
            await session.InitializeAsync(agent, Cancellation);
            await session.AppendMessageAsync(Agents.User("one"), agent, Cancellation);
            await session.AppendMessageAsync(Agents.Assistant("two"), agent, Cancellation);
            agent.State["visits"] = 3;
            await session.SyncAgentAsync(agent, Cancellation);
        }

        await using var resumedServices = database.CreateServices();
        await using var resumed = resumedServices.GetRequiredService<ISessionManagerFactory>().Create(_sessionId);
        var restored = Agents.Support();
        restored.Messages.Add(Agents.Assistant("a greeting that the history replaces"));
        var result = await resumed.InitializeAsync(restored, Cancellation);

        Assert.Equal(new AgentInitialization { IsNewAgent = false, RestoredMessageCount = 2 }, result);
        Assert.Equal(["one", "two"], restored.Messages.Select(message => message.Text));
        Assert.True(JsonNode.DeepEquals(agent.State, restored.State), restored.State.ToJsonString());
    }

    [Fact]
    public async Task InitializeAsync_KnownAgentFromSecondManager_KeepsItsMessages()
    {
        // The reference overwrites an agent that another process has created (fault 2).
        var first = database.Factory.Create(_sessionId);
        var agent = Agents.Support();
        await first.InitializeAsync(agent, Cancellation);
        await first.AppendMessageAsync(Agents.User(), agent, Cancellation);

        await database.Storage.GetOrAddAgentAsync(_sessionId, new StoredAgent { AgentId = "support" }, [], null, null, null, mustExist: false, Cancellation);

        Assert.Equal(1, await first.GetMessageCountAsync("support", Cancellation));
        Assert.Equal("model-1", (await first.GetAgentConfigAsync("support", Cancellation))?.Model);
    }

    [Fact]
    public async Task InitializeAsync_AgentWithMessages_StoresThemFromZero()
    {
        var agent = Agents.Support();
        agent.Messages.Add(Agents.Assistant("Welcome"));
        agent.Messages.Add(Agents.User("Thanks"));

        var session = database.Factory.Create(_sessionId);
        await session.InitializeAsync(agent, Cancellation);
        var next = await session.AppendMessageAsync(Agents.Assistant(), agent, Cancellation);

        Assert.Equal(2, next);
        Assert.Equal([0, 1, 2], (await database.FindMessagesAsync(_sessionId)).Select(message => message["message_id"].AsInt32));
    }

    [Fact]
    public async Task InitializeAsync_MessageOfAnotherWriterInBetween_KeepsBoth()
    {
        // What another writer can do on servers that insert one document after the other.
        var isWritten = false;
        await using var sessions = await ProxiedSessions.StartAsync(database, subscribe: builder => builder.Subscribe<CommandStartedEvent>(WriteInBetween));
        var agent = Agents.Support();
        agent.Messages.Add(Agents.Assistant("first"));
        agent.Messages.Add(Agents.Assistant("second"));
        agent.Messages.Add(Agents.Assistant("third"));

        var session = sessions.Factory.Create(_sessionId);
        var result = await session.InitializeAsync(agent, Cancellation);

        Assert.Equal(new AgentInitialization { IsNewAgent = true, RestoredMessageCount = 4 }, result);
        Assert.Equal(["first", "other", "second", "third"], agent.Messages.Select(message => message.Text));
        Assert.Equal(4, await session.AppendMessageAsync(Agents.User(), agent, Cancellation));

        // Just before the command leaves: no one knows the branch of a new session before.
        void WriteInBetween(CommandStartedEvent started)
        {
            if (!isWritten && started.CommandName == "insert" && started.Command["documents"][0] is BsonDocument message
                && message.Contains("message_id") && message["session_id"] == _sessionId)
            {
                isWritten = true;
                var branch = new AgentBranch("support", message["branch"].AsInt32);
                database.Storage.AppendMessageAsync(_sessionId, branch, Agents.User("other"), 1, null, Cancellation).GetAwaiter().GetResult();
            }
        }
    }

    [Fact]
    public async Task InitializeAsync_AgentAddedButItsMessagesNot_StoresThemNow()
    {
        // What a process leaves behind that is killed between the two writes.
        await database.Storage.GetOrAddAgentAsync(_sessionId, new StoredAgent { AgentId = "support" }, [], null, null, null, mustExist: false, Cancellation);
        var agent = Agents.Support();
        agent.Messages.Add(Agents.Assistant("Welcome"));

        await database.Factory.Create(_sessionId).InitializeAsync(agent, Cancellation);

        Assert.Equal("Welcome", Assert.Single(agent.Messages).Text);
        Assert.Single(await database.FindMessagesAsync(_sessionId));
    }

    [Fact]
    public async Task InitializeAsync_RemovedMessageCount_LeavesOutTheOldestAndAppendsAtTheEnd()
    {
        var session = database.Factory.Create(_sessionId);
        var agent = Agents.Support();
        await session.InitializeAsync(agent, Cancellation);
        for (var i = 0; i < 5; i++)
        {
            await session.AppendMessageAsync(Agents.User($"m{i}"), agent, Cancellation);
        }

        agent.RemovedMessageCount = 3;
        await session.SyncAgentAsync(agent, Cancellation);

        var resumed = database.Factory.Create(_sessionId);
        var restored = Agents.Support();
        await resumed.InitializeAsync(restored, Cancellation);

        Assert.Equal(["m3", "m4"], restored.Messages.Select(message => message.Text));
        Assert.Equal(3, restored.RemovedMessageCount);
        Assert.Equal(5, await resumed.AppendMessageAsync(Agents.User(), restored, Cancellation));
    }

    [Fact]
    public async Task InitializeAsync_RemovedMessageCountBeyondTheEnd_LeavesNoGap()
    {
        var session = database.Factory.Create(_sessionId);
        var agent = Agents.Support();
        await session.InitializeAsync(agent, Cancellation);
        await session.AppendMessageAsync(Agents.User(), agent, Cancellation);
        agent.RemovedMessageCount = 10;
        await session.SyncAgentAsync(agent, Cancellation);

        var resumed = database.Factory.Create(_sessionId);
        await resumed.InitializeAsync(Agents.Support(), Cancellation);

        Assert.Equal(1, await resumed.AppendMessageAsync(Agents.User(), Agents.Support(), Cancellation));
    }

    [Theory]
    [InlineData("v1.5")]
    [InlineData("$admin")]
    [InlineData("a.b.$c.%2E")]
    [InlineData("ångström 🙂")]
    [InlineData("0")]
    [InlineData("__proto__")]
    public async Task InitializeAsync_AgentIdThatIsNoPathSegment_KeepsItsHistory(string agentId)
    {
        // A dotted agent id loses its history in the reference (fault 1).
        var agent = Agents.Support(agentId);
        var session = database.Factory.Create(_sessionId);
        await session.InitializeAsync(agent, Cancellation);
        await session.AppendMessageAsync(Agents.User("kept"), agent, Cancellation);
        agent.State["a"] = 1;
        await session.SyncAgentAsync(agent, Cancellation);

        var restored = Agents.Support(agentId);
        var result = await database.Factory.Create(_sessionId).InitializeAsync(restored, Cancellation);

        Assert.False(result.IsNewAgent);
        Assert.Equal("kept", Assert.Single(restored.Messages).Text);
        Assert.Equal("""{"a":1}""", restored.State.ToJsonString());
        Assert.Equal(agentId, Assert.Single(await session.ListAgentsAsync(Cancellation)).AgentId);
        Assert.Equal(agentId, (await session.GetAgentConfigAsync(agentId, Cancellation))?.AgentId);
        var stored = Assert.Single((await database.FindSessionAsync(_sessionId))["agents"].AsBsonDocument);
        Assert.Equal(agentId, stored.Value["agent_data"]["agent_id"].AsString);
    }

    [Fact]
    public async Task InitializeAsync_TextsThatLookLikeExpressions_AreStoredAsTheyAre()
    {
        var agent = new SessionAgent("support") { Model = "$session_id", SystemPrompt = "$$ROOT" };
        agent.State["$set"] = new JsonObject { ["$literal"] = "$agents" };

        await database.Factory.Create("$" + _sessionId, new() { ApplicationName = "$$NOW" }).InitializeAsync(agent, Cancellation);

        var restored = new SessionAgent("support");
        var session = database.Factory.Create("$" + _sessionId);
        await session.InitializeAsync(restored, Cancellation);
        Assert.True(JsonNode.DeepEquals(agent.State, restored.State), restored.State.ToJsonString());
        Assert.Equal("$$NOW", await session.GetApplicationNameAsync(Cancellation));
        var config = await session.GetAgentConfigAsync("support", Cancellation);
        Assert.Equal(("$session_id", "$$ROOT"), (config?.Model, config?.SystemPrompt));
    }

    [Fact]
    public async Task InitializeAsync_ManyAtOnce_MakeOneSessionWithOneAgent()
    {
        // Creation is read-then-insert in the reference, and the second creator fails (fault 13).
        var managers = Enumerable.Range(0, 16).Select(_ => database.Factory.Create(_sessionId)).ToArray();

        var results = await Task.WhenAll(managers.Select(manager => manager.InitializeAsync(Agents.Support(), Cancellation)));

        Assert.Single(results, result => result.IsNewAgent);
        Assert.Single((await database.FindSessionAsync(_sessionId))["agents"].AsBsonDocument);
    }

    [Fact]
    public async Task InitializeAsync_MessageThatCannotBeStored_LeavesNothingBehind()
    {
        var agent = Agents.Support();
        agent.Messages.Add(new ChatMessage(ChatRole.User, [new DataContent(new byte[17 * 1024 * 1024], "application/octet-stream")]));

        await Assert.ThrowsAsync<MessageTooLargeException>(() => database.Factory.Create(_sessionId).InitializeAsync(agent, Cancellation));

        Assert.Null(await database.Storage.GetSessionAsync(_sessionId, Cancellation));
    }

    [Fact]
    public async Task ListAgentsAsync_SeveralAgents_GivesThemInTheOrderOfAddition()
    {
        var session = database.Factory.Create(_sessionId);
        foreach (var agentId in (string[])["zeta", "alpha", "mid.dle"])
        {
            await session.InitializeAsync(new SessionAgent(agentId) { Model = $"model of {agentId}" }, Cancellation);
        }

        var agents = await session.ListAgentsAsync(Cancellation);

        Assert.Equal(["zeta", "alpha", "mid.dle"], agents.Select(agent => agent.AgentId));
        Assert.Equal(["model of zeta", "model of alpha", "model of mid.dle"], agents.Select(agent => agent.Model));
        Assert.All(agents, agent => Assert.Null(agent.PromptMetadata));
    }

    [Fact]
    public async Task Reads_UnknownSession_GiveNothing()
    {
        var session = database.Factory.Create(_sessionId);

        Assert.Empty(await session.ListAgentsAsync(Cancellation));
        Assert.Null(await session.GetAgentConfigAsync("support", Cancellation));
        Assert.Null(await session.GetApplicationNameAsync(Cancellation));
        Assert.Empty(await session.ListMessagesAsync("support", cancellationToken: Cancellation));
        Assert.Equal(0, await session.GetMessageCountAsync("support", Cancellation));
    }

    [Theory]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"notes": []}""")]
    [InlineData("""{"agent_data": null}""")]
    [InlineData("""{"agent_data": "damaged"}""")]
    [InlineData("""{"agent_data": []}""")]
    public async Task InitializeAsync_AgentOfOthersWithoutData_AddsIt(string stored)
    {
        await database.Sessions.InsertOneAsync(
            BsonDocument.Parse($$"""{ "_id": "{{_sessionId}}", "session_id": "{{_sessionId}}", "agents": { "support": {{stored}} } }"""),
            cancellationToken: Cancellation);
        var session = database.Factory.Create(_sessionId);
        var agent = Agents.Support();

        await Assert.ThrowsAsync<AgentNotFoundException>(() => session.AppendMessageAsync(Agents.User(), agent, Cancellation));
        await Assert.ThrowsAsync<AgentNotFoundException>(() => database.Storage.UpdateAgentAsync(_sessionId, new() { AgentId = "support", Model = "m" }, null, Cancellation));
        var result = await session.InitializeAsync(agent, Cancellation).WaitAsync(TimeSpan.FromMinutes(1), Cancellation);

        Assert.True(result.IsNewAgent);
        Assert.Equal(0, await session.AppendMessageAsync(Agents.User(), agent, Cancellation));
        Assert.Equal("model-1", (await session.GetAgentConfigAsync("support", Cancellation))?.Model);
    }

    [Fact]
    public async Task Reads_AgentWrittenByOthersWithMoreFields_ReadWhatTheyKnow()
    {
        await database.Sessions.InsertOneAsync(
            BsonDocument.Parse(
                $$"""
                {
                  "_id": "{{_sessionId}}", "session_id": "{{_sessionId}}", "schema_version": 1, "viewed_by": "x",
                  "agents": {
                    "support": {
                      "agent_data": {
                        "agent_id": "support", "state": {"n": 1}, "conversation_manager_state": {"__name__": "Sliding", "removed_message_count": 0},
                        "_internal_state": {}, "created_at": {"$date": "2026-01-01T00:00:00Z"}, "model": "m",
                        "prompt_metadata": {"prompt_id": "p", "temperature": 0.7}
                      }
                    },
                    "ghost": {"notes": []}
                  }
                }
                """),
            cancellationToken: Cancellation);
        var session = database.Factory.Create(_sessionId);

        var config = await session.GetAgentConfigAsync("support", Cancellation);
        var restored = new SessionAgent("support");
        await session.InitializeAsync(restored, Cancellation);

        Assert.Equal("m", config?.Model);
        Assert.Equal(0.7, config?.PromptMetadata?["temperature"]);
        Assert.Equal("""{"n":1}""", restored.State.ToJsonString());
        Assert.Null(await session.GetAgentConfigAsync("ghost", Cancellation));
        Assert.Equal(["support", "ghost"], (await session.ListAgentsAsync(Cancellation)).Select(agent => agent.AgentId));
    }
}
