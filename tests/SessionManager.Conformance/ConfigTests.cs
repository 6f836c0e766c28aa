namespace SessionManager.Conformance;

/// <summary>
/// An agent's configuration: capturing it, editing it from outside, and the metadata of its prompt.
/// </summary>
public abstract class ConfigTests(ConformanceFixture fixture) : ConformanceTests(fixture)
{
    [Fact]
    public async Task GetAgentConfigAsync_KnownAgent_HasModelAndPromptAndNoMetadata()
    {
        var (session, _) = await StartAsync();

        var config = await session.GetAgentConfigAsync("support", Cancellation);

        Assert.Equal(new AgentConfig { AgentId = "support", Model = "model-1", SystemPrompt = "You help." }, config);
    }

    [Fact]
    public async Task UpdateAgentConfigAsync_ModelOnly_ChangesNothingElse()
    {
        var (session, _) = await StartAsync();

        await session.UpdateAgentConfigAsync("support", model: "model-2", cancellationToken: Cancellation);

        Assert.Equal(
            new AgentConfig { AgentId = "support", Model = "model-2", SystemPrompt = "You help." },
            await session.GetAgentConfigAsync("support", Cancellation));
    }

    [Fact]
    public async Task UpdateAgentConfigAsync_EmptyText_IsWritten()
    {
        var (session, _) = await StartAsync();

        await session.UpdateAgentConfigAsync("support", systemPrompt: "", cancellationToken: Cancellation);

        Assert.Equal("", (await session.GetAgentConfigAsync("support", Cancellation))?.SystemPrompt);
    }

    [Fact]
    public async Task UpdateAgentConfigAsync_Nothing_WritesNothing()
    {
        var session = Open();

        await session.UpdateAgentConfigAsync("support", cancellationToken: Cancellation);

        Assert.False(await session.SessionExistsAsync(Cancellation));
    }

    [Fact]
    public async Task UpdateAgentConfigAsync_UnknownAgent_ThrowsAndCreatesNothing()
    {
        // It creates a broken agent in the reference (fault 5).
        var (session, _) = await StartAsync();

        await Assert.ThrowsAsync<AgentNotFoundException>(() => session.UpdateAgentConfigAsync("other", model: "m", cancellationToken: Cancellation));
        await Assert.ThrowsAsync<AgentNotFoundException>(() => session.SetPromptMetadataAsync("other", Map(("a", 1)), Cancellation));

        Assert.Single(await session.ListAgentsAsync(Cancellation));
        Assert.True((await session.InitializeAsync(CreateAgent("other"), Cancellation)).IsNewAgent);
    }

    [Fact]
    public async Task UpdateAgentConfigAsync_EditedElsewhere_StaysUntilTheLiveAgentChanges()
    {
        var (session, agent) = await StartAsync();
        await Open().UpdateAgentConfigAsync("support", model: "edited", cancellationToken: Cancellation);

        agent.State["a"] = 1;
        await session.SyncAgentAsync(agent, Cancellation);
        var resumed = CreateAgent();
        var reopened = Open();
        await reopened.InitializeAsync(resumed, Cancellation);
        resumed.State["a"] = 2;
        await reopened.SyncAgentAsync(resumed, Cancellation);
        Assert.Equal("edited", (await session.GetAgentConfigAsync("support", Cancellation))?.Model);

        resumed.Model = "model-2";
        await reopened.SyncAgentAsync(resumed, Cancellation);
        Assert.Equal("model-2", (await session.GetAgentConfigAsync("support", Cancellation))?.Model);
    }

    [Fact]
    public async Task SyncAgentAsync_ModelOrPromptRemoved_KeepsTheStored()
    {
        var (session, agent) = await StartAsync();
        (agent.Model, agent.SystemPrompt) = (null, "");
        agent.State["a"] = 1;

        await session.SyncAgentAsync(agent, Cancellation);

        var config = await session.GetAgentConfigAsync("support", Cancellation);
        Assert.Equal(("model-1", "You help."), (config?.Model, config?.SystemPrompt));
    }

    [Fact]
    public async Task SetPromptMetadataAsync_Twice_ReplacesAllAndKeepsTheKindsOfValues()
    {
        var (session, _) = await StartAsync();
        await session.SetPromptMetadataAsync("support", Map(("prompt_id", "p1"), ("prompt_version", 3)), Cancellation);
        await session.SetPromptMetadataAsync("support", Map(("prompt_id", "p2"), ("temperature", 0.7), ("a.b", true)), Cancellation);

        var stored = (await session.GetAgentConfigAsync("support", Cancellation))?.PromptMetadata;

        Assert.Equal(Map(("prompt_id", "p2"), ("temperature", 0.7), ("a.b", true)), stored);
        Assert.IsType<double>(stored!["temperature"]);
    }

    [Fact]
    public async Task SetPromptMetadataAsync_SyncedAfterwards_IsKept()
    {
        // Syncing replaces all of the agent's data in the reference (fault 3).
        var (session, agent) = await StartAsync();
        await session.SetPromptMetadataAsync("support", Map(("prompt_id", "p1")), Cancellation);

        agent.State["a"] = 1;
        agent.Model = "model-2";
        await session.SyncAgentAsync(agent, Cancellation);
        await session.UpdateAgentConfigAsync("support", systemPrompt: "New.", cancellationToken: Cancellation);

        var config = await session.GetAgentConfigAsync("support", Cancellation);
        Assert.Equal(("model-2", "New.", "p1"), (config?.Model, config?.SystemPrompt, config?.PromptMetadata?["prompt_id"]));
        Assert.Equal(1, (await Storage.GetAgentAsync(SessionId, "support", Cancellation))?.State?["a"]?.GetValue<int>());
    }

    [Fact]
    public async Task SetPromptMetadataAsync_ValueThatCannotBeStored_ThrowsAndWritesNothing()
    {
        var (session, _) = await StartAsync();
        await session.SetPromptMetadataAsync("support", Map(("a", 1)), Cancellation);

        await Assert.ThrowsAsync<ArgumentException>(() => session.SetPromptMetadataAsync("support", Map(("a", typeof(string))), Cancellation));

        Assert.Equal(1, (await session.GetAgentConfigAsync("support", Cancellation))?.PromptMetadata?["a"]);
    }

    [Fact]
    public async Task ListAgentsAsync_SeveralAgents_AreInTheOrderOfTheirAddition()
    {
        var (session, _) = await StartAsync("z");
        await session.InitializeAsync(new SessionAgent("a"), Cancellation);
        await session.InitializeAsync(CreateAgent("m.1"), Cancellation);
        await session.SetPromptMetadataAsync("m.1", Map(("prompt_id", "p")), Cancellation);

        var agents = await session.ListAgentsAsync(Cancellation);

        Assert.Equal(["z", "a", "m.1"], agents.Select(agent => agent.AgentId));
        Assert.Equal(["model-1", null, "model-1"], agents.Select(agent => agent.Model));
        Assert.Equal([null, null, "p"], agents.Select(agent => agent.PromptMetadata?["prompt_id"]));
    }
}
