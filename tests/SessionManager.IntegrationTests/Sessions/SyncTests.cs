using Microsoft.Extensions.AI;
using MongoDB.Bson;

namespace SessionManager.IntegrationTests.Sessions;

public sealed class SyncTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>, IAsyncLifetime
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
    public async Task SyncAgentAsync_StateChanged_WritesOnlyTheKeyAndTheTimes()
    {
        var before = await database.FindSessionAsync(_sessionId);
        _agent.State["mood"] = "glad";

        await _session.SyncAgentAsync(_agent, Cancellation);

        var update = Assert.Single(database.Commands.Commands);
        Assert.Equal(
            ["updated_at", "agents.support.updated_at", "agents.support.agent_data.state.mood"],
            update["updates"][0]["u"]["$set"].AsBsonDocument.Names);
        var after = await database.FindSessionAsync(_sessionId);
        Assert.Equal("glad", after["agents"]["support"]["agent_data"]["state"]["mood"]);
        Assert.Equal(before["agents"]["support"]["created_at"], after["agents"]["support"]["created_at"]);
    }

    [Theory]
    [InlineData("{ $set: { 'agents.support.agent_data.state': null } }")]
    [InlineData("{ $set: { 'agents.support.agent_data.state': 'a text' } }")]
    [InlineData("{ $set: { 'agents.support.agent_data.state': [] } }")]
    [InlineData("{ $unset: { 'agents.support.agent_data.state': '' } }")]
    public async Task SyncAgentAsync_StoredStateThatIsNoObject_IsReplaced(string update)
    {
        await database.Sessions.UpdateOneAsync(new BsonDocument("_id", _sessionId), BsonDocument.Parse(update), cancellationToken: Cancellation);
        var session = database.Factory.Create(_sessionId);
        var agent = Agents.Support();
        await session.InitializeAsync(agent, Cancellation);
        agent.State["mood"] = "glad";

        await session.SyncAgentAsync(agent, Cancellation);

        var stored = await database.FindSessionAsync(_sessionId);
        Assert.Equal(new BsonDocument("mood", "glad"), stored["agents"]["support"]["agent_data"]["state"]);
    }

    [Fact]
    public async Task SyncAgentAsync_KeyOfAnotherWriterUnderItsRawName_IsThereOnceAfterwards()
    {
        await database.Sessions.UpdateOneAsync(
            new BsonDocument("_id", _sessionId),
            BsonDocument.Parse("{ $set: { 'agents.support.agent_data.state': { plain: 1, '50% off': 1 } } }"),
            cancellationToken: Cancellation);
        var session = database.Factory.Create(_sessionId);
        var agent = Agents.Support();
        await session.InitializeAsync(agent, Cancellation);
        agent.State["plain"] = 2;
        await session.SyncAgentAsync(agent, Cancellation);
        agent.State["50% off"] = 2;
        await session.SyncAgentAsync(agent, Cancellation);

        var resumed = Agents.Support();
        await database.Factory.Create(_sessionId).InitializeAsync(resumed, Cancellation);

        Assert.Equal("""{"plain":2,"50% off":2}""", resumed.State.ToJsonString());
    }

    [Fact]
    public async Task SyncAgentAsync_ChangedInPlaceTwice_WritesBothTimes()
    {
        _agent.State["list"] = new System.Text.Json.Nodes.JsonArray(1);
        await _session.SyncAgentAsync(_agent, Cancellation);
        _agent.State["list"]!.AsArray().Add(2);
        await _session.SyncAgentAsync(_agent, Cancellation);

        var stored = await database.FindSessionAsync(_sessionId);
        Assert.Equal(new BsonArray { 1, 2 }, stored["agents"]["support"]["agent_data"]["state"]["list"]);
    }

    [Fact]
    public async Task SyncAgentAsync_FieldsOfOthers_AreKept()
    {
        // Syncing replaces all of agent_data in the reference, prompt metadata included (fault 3).
        await database.Sessions.UpdateOneAsync(
            new BsonDocument("_id", _sessionId),
            BsonDocument.Parse("""{"$set": {"agents.support.agent_data.prompt_metadata": {"prompt_id": "p1"}, "agents.support.agent_data._internal_state": {"a": 1}, "metadata.k": "v"}}"""),
            cancellationToken: Cancellation);
        _agent.State["a"] = 1;
        _agent.Model = "model-2";

        await _session.SyncAgentAsync(_agent, Cancellation);

        var stored = await database.FindSessionAsync(_sessionId);
        var data = stored["agents"]["support"]["agent_data"];
        Assert.Equal(("p1", 1, "v", "model-2"), (data["prompt_metadata"]["prompt_id"], data["_internal_state"]["a"], stored["metadata"]["k"], data["model"]));
        Assert.Equal("p1", (await _session.GetAgentConfigAsync("support", Cancellation))?.PromptMetadata?["prompt_id"]);
    }

    [Fact]
    public async Task SyncAgentAsync_AfterAnAppend_MarksTheSessionAsUpdated()
    {
        // updated_at is not bumped by most writes in the reference (fault 31).
        await SetUpdatedAtToThePastAsync();
        await _session.AppendMessageAsync(Agents.User(), _agent, Cancellation);

        await _session.SyncAgentAsync(_agent, Cancellation);

        var stored = await database.FindSessionAsync(_sessionId);
        Assert.True(stored["updated_at"].ToUniversalTime() > new DateTime(2025, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Assert.Equal(stored["updated_at"], stored["agents"]["support"]["updated_at"]);
    }

    [Fact]
    public async Task SyncAgentAsync_Metrics_MarkTheirMessageAsUpdated()
    {
        await _session.AppendMessageAsync(Agents.Assistant(), _agent, Cancellation);
        var past = new BsonDateTime(new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        await database.Messages.UpdateOneAsync(
            new BsonDocument("session_id", _sessionId),
            new BsonDocument("$set", new BsonDocument { { "created_at", past }, { "updated_at", past } }),
            cancellationToken: Cancellation);
        AddTokens(1);

        await _session.SyncAgentAsync(_agent, Cancellation);

        var message = Assert.Single(await _session.ListMessagesAsync("support", null, Cancellation));
        Assert.Equal((DateTimeOffset)past.ToUniversalTime(), message.CreatedAt);
        Assert.True(message.UpdatedAt > message.CreatedAt.AddYears(1), $"{message.UpdatedAt}");
    }

    [Fact]
    public async Task InitializeAsync_SecondAgent_MarksTheSessionAsUpdated()
    {
        await SetUpdatedAtToThePastAsync();

        await _session.InitializeAsync(Agents.Support("billing"), Cancellation);

        var stored = await database.FindSessionAsync(_sessionId);
        Assert.Equal(stored["agents"]["billing"]["created_at"], stored["updated_at"]);
        Assert.True(stored["agents"]["support"]["updated_at"].ToUniversalTime() < new DateTime(2025, 1, 1, 0, 0, 0, DateTimeKind.Utc));
    }

    [Fact]
    public async Task SyncAgentAsync_UnknownAgent_ThrowsAndCreatesNothing()
    {
        // Configuring an unknown agent creates a broken one in the reference (fault 5).
        await Assert.ThrowsAsync<AgentNotFoundException>(() => _session.SyncAgentAsync(Agents.Support("other"), Cancellation));

        Assert.Single((await database.FindSessionAsync(_sessionId))["agents"].AsBsonDocument);
    }

    [Fact]
    public async Task SyncAgentAsync_UnknownSession_ThrowsAndCreatesNothing()
    {
        // Writes to a missing session succeed silently in the reference (fault 27).
        var missing = DatabaseFixture.NewSessionId();

        await Assert.ThrowsAsync<SessionNotFoundException>(() => database.Factory.Create(missing).SyncAgentAsync(_agent, Cancellation));

        Assert.Null(await database.Storage.GetSessionAsync(missing, Cancellation));
    }

    [Fact]
    public async Task SyncAgentAsync_FreshAgentThatWasNotInitialized_DoesNotWipeTheState()
    {
        _agent.State["kept"] = true;
        await _session.SyncAgentAsync(_agent, Cancellation);

        await database.Factory.Create(_sessionId).SyncAgentAsync(Agents.Support(), Cancellation);

        Assert.Equal(true, (await database.FindSessionAsync(_sessionId))["agents"]["support"]["agent_data"]["state"]["kept"]);
    }

    [Fact]
    public async Task SyncAgentAsync_ModelCall_StoresItsMetricsFieldByField()
    {
        await _session.AppendMessageAsync(Agents.User(), _agent, Cancellation);
        _agent.Metrics.AddModelCall(
            new UsageDetails
            {
                InputTokenCount = 100,
                OutputTokenCount = 20,
                TotalTokenCount = 120,
                CachedInputTokenCount = 30,
                AdditionalCounts = new() { ["CacheCreationInputTokens"] = 7 },
            },
            TimeSpan.FromMilliseconds(1500),
            TimeSpan.FromMilliseconds(250));
        _agent.Metrics.AddToolCall("get.order", TimeSpan.FromMilliseconds(500));
        _agent.Metrics.AddToolCall("get.order", TimeSpan.FromMilliseconds(1500), succeeded: false);
        var messageId = await _session.AppendMessageAsync(Agents.Assistant(), _agent, Cancellation);

        await _session.SyncAgentAsync(_agent, Cancellation);

        var messages = await database.FindMessagesAsync(_sessionId);
        Assert.False(messages[0].Contains("event_loop_metrics"));
        Assert.Equal(
            BsonDocument.Parse(
                """
                {
                  "accumulated_metrics": { "latencyMs": 1500, "timeToFirstByteMs": 250 },
                  "accumulated_usage": { "inputTokens": 100, "outputTokens": 20, "totalTokens": 120, "cacheReadInputTokens": 30, "cacheWriteInputTokens": 7 },
                  "cycle_metrics": { "cycle_count": 1, "total_duration": 3.5, "average_cycle_time": 3.5 },
                  "tool_usage": { "get%2Eorder": { "call_count": 2, "success_count": 1, "error_count": 1, "total_time": 2.0, "average_time": 1.0, "success_rate": 0.5 } },
                  "model": "model-1"
                }
                """),
            messages[messageId]["event_loop_metrics"]);
        var read = await _session.ListMessagesAsync("support", new MessageQuery { FromPosition = messageId }, Cancellation);
        Assert.Equivalent(_agent.GetMetrics() with { Model = "model-1" }, read[0].EventLoopMetrics);
    }

    [Fact]
    public async Task SyncAgentAsync_SeveralTurns_StoresWithEachMessageItsOwnTurn()
    {
        // Metrics are cumulative in the reference, and a sum over messages counts them twice (fault 55).
        foreach (var tokens in (int[])[17, 24])
        {
            await _session.AppendMessageAsync(Agents.User(), _agent, Cancellation);
            AddTokens(tokens);
            await _session.AppendMessageAsync(Agents.Assistant(), _agent, Cancellation);
            await _session.SyncAgentAsync(_agent, Cancellation);
        }

        var messages = await _session.ListMessagesAsync("support", cancellationToken: Cancellation);
        Assert.Equal([null, 17L, null, 24L], messages.Select(message => message.EventLoopMetrics?.TotalTokens));
    }

    [Fact]
    public async Task SyncAgentAsync_TwiceInOneTurn_StoresTheWholeTurn()
    {
        await _session.AppendMessageAsync(Agents.Assistant(), _agent, Cancellation);
        AddTokens(10);
        await _session.SyncAgentAsync(_agent, Cancellation);
        AddTokens(5);
        await _session.SyncAgentAsync(_agent, Cancellation);

        var messages = await _session.ListMessagesAsync("support", cancellationToken: Cancellation);
        Assert.Equal(15, Assert.Single(messages).EventLoopMetrics?.TotalTokens);
    }

    [Fact]
    public async Task SyncAgentAsync_MetricsBeforeAnyAssistantMessage_WaitForIt()
    {
        await _session.AppendMessageAsync(Agents.User(), _agent, Cancellation);
        AddTokens(10);
        await _session.SyncAgentAsync(_agent, Cancellation);
        await _session.AppendMessageAsync(Agents.Assistant(), _agent, Cancellation);
        await _session.SyncAgentAsync(_agent, Cancellation);

        var messages = await _session.ListMessagesAsync("support", cancellationToken: Cancellation);
        Assert.Equal([null, 10L], messages.Select(message => message.EventLoopMetrics?.TotalTokens));
    }

    [Fact]
    public async Task SyncAgentAsync_AgentTakenToAnotherManager_StoresOnlyWhatFollows()
    {
        await _session.AppendMessageAsync(Agents.Assistant(), _agent, Cancellation);
        AddTokens(10);
        await _session.SyncAgentAsync(_agent, Cancellation);

        var other = database.Factory.Create(_sessionId);
        await other.InitializeAsync(_agent, Cancellation);
        await other.AppendMessageAsync(Agents.Assistant(), _agent, Cancellation);
        AddTokens(5);
        await other.SyncAgentAsync(_agent, Cancellation);

        var messages = await _session.ListMessagesAsync("support", cancellationToken: Cancellation);
        Assert.Equal([10L, 5L], messages.Select(message => message.EventLoopMetrics?.TotalTokens));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public async Task SyncAgentAsync_NoModelOrPrompt_LeavesTheStoredOnes(string? text)
    {
        (_agent.Model, _agent.SystemPrompt) = (text, text);
        _agent.State["changed"] = true;

        await _session.SyncAgentAsync(_agent, Cancellation);

        var config = await _session.GetAgentConfigAsync("support", Cancellation);
        Assert.Equal(("model-1", "You help."), (config?.Model, config?.SystemPrompt));
    }

    [Fact]
    public async Task SyncAgentAsync_NothingCounted_StoresNoMetrics()
    {
        await _session.AppendMessageAsync(Agents.Assistant(), _agent, Cancellation);

        await _session.SyncAgentAsync(_agent, Cancellation);

        Assert.False(Assert.Single(await database.FindMessagesAsync(_sessionId)).Contains("event_loop_metrics"));
    }

    private void AddTokens(int count) =>
        _agent.Metrics.AddModelCall(new UsageDetails { InputTokenCount = count }, TimeSpan.FromMilliseconds(count));

    private async Task SetUpdatedAtToThePastAsync()
    {
        var past = new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        await database.Sessions.UpdateOneAsync(
            new BsonDocument("_id", _sessionId),
            new BsonDocument("$set", new BsonDocument { { "updated_at", past }, { "agents.support.updated_at", past } }),
            cancellationToken: Cancellation);
    }
}
