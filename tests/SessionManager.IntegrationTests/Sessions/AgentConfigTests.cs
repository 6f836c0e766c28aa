using MongoDB.Bson;

namespace SessionManager.IntegrationTests.Sessions;

public sealed class AgentConfigTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>, IAsyncLifetime
{
    private readonly string _sessionId = DatabaseFixture.NewSessionId();
    private readonly SessionAgent _agent = Agents.Support();
    private ISessionManager _session = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _session = database.Factory.Create(_sessionId);
        await _session.InitializeAsync(_agent, Cancellation);
    }

    public ValueTask DisposeAsync() => _session.DisposeAsync();

    [Fact]
    public async Task UpdateAgentConfigAsync_ModelOnly_LeavesTheRest()
    {
        await _session.SetPromptMetadataAsync("support", new Dictionary<string, object?> { ["temperature"] = 0.7 }, Cancellation);

        await _session.UpdateAgentConfigAsync("support", model: "edited", cancellationToken: Cancellation);

        var config = await _session.GetAgentConfigAsync("support", Cancellation);
        Assert.Equal(("edited", "You help."), (config?.Model, config?.SystemPrompt));
        Assert.Equal(0.7, config?.PromptMetadata?["temperature"]);
    }

    [Fact]
    public async Task SyncAgentAsync_AfterTheConfigWasEdited_KeepsTheEdit()
    {
        // What was edited vanishes at the next sync in the reference (fault 3).
        await _session.UpdateAgentConfigAsync("support", model: "edited", cancellationToken: Cancellation);
        _agent.State["a"] = 1;
        await _session.SyncAgentAsync(_agent, Cancellation);

        var laterAgent = Agents.Support();
        var later = database.Factory.Create(_sessionId);
        await later.InitializeAsync(laterAgent, Cancellation);
        laterAgent.State["a"] = 2;
        await later.SyncAgentAsync(laterAgent, Cancellation);

        Assert.Equal("edited", (await later.GetAgentConfigAsync("support", Cancellation))?.Model);
    }

    [Fact]
    public async Task SyncAgentAsync_LiveAgentChanged_CapturesWhatChangedAndKeepsOtherEdits()
    {
        await _session.UpdateAgentConfigAsync("support", model: "edited", cancellationToken: Cancellation);
        var later = database.Factory.Create(_sessionId);
        var laterAgent = new SessionAgent("support") { Model = "model-1", SystemPrompt = "You help more." };
        await later.InitializeAsync(laterAgent, Cancellation);

        await later.SyncAgentAsync(laterAgent, Cancellation);

        var config = await later.GetAgentConfigAsync("support", Cancellation);
        Assert.Equal(("edited", "You help more."), (config?.Model, config?.SystemPrompt));
    }

    [Fact]
    public async Task UpdateAgentConfigAsync_UnknownAgentOrSession_ThrowsAndCreatesNothing()
    {
        // Configuring an unknown agent leaves a broken one in the reference, which can never be initialized (fault 5).
        var missing = database.Factory.Create(DatabaseFixture.NewSessionId());

        await Assert.ThrowsAsync<AgentNotFoundException>(() => _session.UpdateAgentConfigAsync("ghost", "m", cancellationToken: Cancellation));
        await Assert.ThrowsAsync<AgentNotFoundException>(() => _session.SetPromptMetadataAsync("ghost", new Dictionary<string, object?>(), Cancellation));
        await Assert.ThrowsAsync<SessionNotFoundException>(() => missing.UpdateAgentConfigAsync("support", "m", cancellationToken: Cancellation));

        Assert.Single((await database.FindSessionAsync(_sessionId))["agents"].AsBsonDocument);
        Assert.Null(await database.Storage.GetSessionAsync(missing.SessionId, Cancellation));
    }

    [Fact]
    public async Task EveryWrite_ToTheSession_MovesItsUpdateTime()
    {
        // Most writes leave updated_at as it is in the reference (fault 31).
        Func<Task>[] writes =
        [
            () => _session.UpdateMetadataAsync(new Dictionary<string, object?> { ["a"] = 1 }, Cancellation),
            () => _session.DeleteMetadataAsync(["a"], Cancellation),
            () => _session.AddFeedbackAsync(new Feedback { Comment = "c" }, Cancellation),
            () => _session.UpdateAgentConfigAsync("support", "m", cancellationToken: Cancellation),
            () => _session.SetPromptMetadataAsync("support", new Dictionary<string, object?>(), Cancellation),
            () => _session.InitializeAsync(Agents.Support("another"), Cancellation),
        ];
        var past = new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        foreach (var write in writes)
        {
            await database.Sessions.UpdateOneAsync(
                new BsonDocument("_id", _sessionId),
                new BsonDocument("$set", new BsonDocument("updated_at", past)),
                cancellationToken: Cancellation);

            await write();

            Assert.NotEqual(past, (await database.FindSessionAsync(_sessionId))["updated_at"].ToUniversalTime());
        }
    }
}
