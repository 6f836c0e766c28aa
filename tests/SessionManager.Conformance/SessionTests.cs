namespace SessionManager.Conformance;

/// <summary>
/// Sessions themselves: creating, reopening and telling them apart.
/// </summary>
public abstract class SessionTests(ConformanceFixture fixture) : ConformanceTests(fixture)
{
    [Fact]
    public async Task CreateSessionAsync_NewSession_IsEmptyAndDatedOnce()
    {
        var session = Open();

        Assert.True(await session.CreateSessionAsync(Cancellation));

        var info = await GetInfoAsync();
        Assert.Equal((SessionId, null, Now(), Now()), (info.SessionId, info.ApplicationName, info.CreatedAt, info.UpdatedAt));
        Assert.Equal(TimeSpan.Zero, info.CreatedAt.Offset);
        Assert.Empty(info.Metadata);
        await AssertEmptyAsync(session);
        Assert.NotNull(await session.GetMetadataAsync(cancellationToken: Cancellation));
    }

    [Fact]
    public async Task CreateSessionAsync_ExistingSession_ChangesNothing()
    {
        var session = Factory.Create(SessionId, new() { ApplicationName = "first" });
        await session.CreateSessionAsync(Cancellation);
        var before = await GetInfoAsync();
        Wait();

        Assert.False(await Factory.Create(SessionId, new() { ApplicationName = "second" }).CreateSessionAsync(Cancellation));

        Assert.Equivalent(before, await GetInfoAsync());
    }

    [Fact]
    public async Task GetApplicationNameAsync_NameOfTheFactory_IsStoredUnlessReplaced()
    {
        await using var host = await CreateHostAsync(options => options with { ApplicationName = "shop" });
        var (first, second) = (host.Factory.Create("s1"), host.Factory.Create("s2", new() { ApplicationName = "other" }));
        await first.CreateSessionAsync(Cancellation);
        await second.InitializeAsync(CreateAgent(), Cancellation);

        Assert.Equal("shop", await first.GetApplicationNameAsync(Cancellation));
        Assert.Equal("other", await second.GetApplicationNameAsync(Cancellation));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("shop")]
    public async Task GetApplicationNameAsync_ReopenedWithAnotherName_KeepsTheFirst(string? name)
    {
        await Factory.Create(SessionId, new() { ApplicationName = name }).InitializeAsync(CreateAgent(), Cancellation);

        var reopened = Factory.Create(SessionId, new() { ApplicationName = "later" });
        await reopened.InitializeAsync(CreateAgent("billing"), Cancellation);

        Assert.Equal(name, await reopened.GetApplicationNameAsync(Cancellation));
    }

    [Fact]
    public async Task EveryRead_UnknownSession_FindsNothingAndCreatesNothing()
    {
        var session = Open();

        Assert.Null(await session.GetApplicationNameAsync(Cancellation));
        Assert.Null(await session.GetMetadataAsync(cancellationToken: Cancellation));
        Assert.Null(await session.GetMetadataAsync(["a"], Cancellation));
        Assert.Null(await session.GetMetadataAsync<Dictionary<string, string>>(cancellationToken: Cancellation));
        await AssertEmptyAsync(session);
        Assert.Empty((await session.GetUsageAsync(Cancellation)).Agents);
        Assert.Null(await Storage.GetAgentAsync(SessionId, "support", Cancellation));
        Assert.False(await session.SessionExistsAsync(Cancellation));
    }

    [Fact]
    public async Task CreateSessionAsync_SixteenCreatorsAtOnce_MakeOneSession()
    {
        // The second creator fails in the reference (fault 13).
        var created = await Task.WhenAll(Enumerable.Range(0, 16).Select(i =>
            Task.Run(() => Factory.Create(SessionId, new() { ApplicationName = $"app-{i}" }).CreateSessionAsync(Cancellation))));

        Assert.Single(created, true);
        Assert.StartsWith("app-", await Open().GetApplicationNameAsync(Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task CreateSessionAsync_WithMetadata_HasItAndIsDatedOnce()
    {
        var session = Factory.Create(SessionId, new() { ApplicationName = "shop" });

        Assert.True(await session.CreateSessionAsync(Map(("tier", "gold"), ("customer.name", "Ada"), ("customer.visits", 1)), Cancellation));

        var info = await GetInfoAsync();
        Assert.Equal((SessionId, "shop", Now(), Now()), (info.SessionId, info.ApplicationName, info.CreatedAt, info.UpdatedAt));
        Assert.Equivalent(Map(("tier", "gold"), ("customer", Map(("name", "Ada"), ("visits", 1)))), info.Metadata, strict: true);
        await AssertEmptyAsync(session);
        await session.UpdateMetadataAsync(Map(("customer.visits", 2)), Cancellation);
        Assert.Equal(2, (await Open().GetMetadataAsync(["customer.visits"], Cancellation))!["customer.visits"]);
    }

    [Fact]
    public async Task CreateSessionAsync_WithoutAnyField_IsTheSameAsWithoutMetadata()
    {
        Assert.True(await Open().CreateSessionAsync(Map(), Cancellation));

        Assert.Empty((await GetInfoAsync()).Metadata);
        Assert.False(await Open().CreateSessionAsync(Map(), Cancellation));
    }

    [Fact]
    public async Task CreateSessionAsync_ExistingSessionWithMetadata_ChangesNothing()
    {
        await Open().CreateSessionAsync(Map(("a", 1)), Cancellation);
        var before = await GetInfoAsync();
        Wait();

        Assert.False(await Open().CreateSessionAsync(Map(("a", 2), ("b", 3)), Cancellation));

        Assert.Equivalent(before, await GetInfoAsync(), strict: true);
    }

    [Fact]
    public async Task CreateSessionAsync_SixteenCreatorsWithMetadata_LeaveThatOfOne()
    {
        var created = await Task.WhenAll(Enumerable.Range(0, 16).Select(i =>
            Task.Run(() => Open().CreateSessionAsync(Map(("creator", i), ($"of.{i}", true)), Cancellation))));

        var creator = Assert.Single(Enumerable.Range(0, 16), i => created[i]);
        Assert.Equivalent(Map(("creator", creator), ("of", Map(($"{creator}", true)))), (await GetInfoAsync()).Metadata, strict: true);
    }

    [Fact]
    public async Task InitializeAsync_SessionCreatedWithMetadata_AddsTheAgentAndKeepsIt()
    {
        await Open().CreateSessionAsync(Map(("a", 1)), Cancellation);

        Assert.True((await Open().InitializeAsync(CreateAgent(), Cancellation)).IsNewAgent);

        Assert.Equivalent(Map(("a", 1)), (await GetInfoAsync()).Metadata, strict: true);
    }

    [Fact]
    public async Task InitializeAsync_SixteenProcessesAtOnce_AgreeOnOneAgentAndItsMessages()
    {
        var agents = Enumerable.Range(0, 16).Select(i =>
        {
            var agent = CreateAgent();
            agent.Messages.Add(User($"from {i}"));
            return agent;
        }).ToArray();

        var results = await Task.WhenAll(agents.Select(agent => Task.Run(() => Open().InitializeAsync(agent, Cancellation))));

        Assert.Single(results, result => result.IsNewAgent);
        var stored = Assert.Single(await Open().ListMessagesAsync("support", cancellationToken: Cancellation));
        Assert.All(agents, agent => Assert.Equal(stored.Message.Text, Assert.Single(agent.Messages).Text));
    }

    [Fact]
    public async Task InitializeAsync_SixteenAgentsAtOnce_AreAllAdded()
    {
        var ids = Enumerable.Range(0, 16).Select(i => $"agent-{i}").ToArray();

        await Task.WhenAll(ids.Select(id => Task.Run(() => Open().InitializeAsync(CreateAgent(id), Cancellation))));

        Assert.Equal(ids.Order(), (await Open().ListAgentsAsync(Cancellation)).Select(agent => agent.AgentId).Order());
    }

    [Fact]
    public async Task Create_OtherCollectionOrDatabase_IsAnotherSession()
    {
        await Open().CreateSessionAsync(Cancellation);

        var elsewhere = Factory.Create(SessionId, new() { CollectionName = "elsewhere" });
        Assert.False(await elsewhere.SessionExistsAsync(Cancellation));
        await elsewhere.CreateSessionAsync(Cancellation);
        Assert.True(await Factory.Create(SessionId, new() { CollectionName = "elsewhere" }).SessionExistsAsync(Cancellation));
        Assert.True(await elsewhere.DeleteSessionAsync(Cancellation));
        Assert.True(await Open().SessionExistsAsync(Cancellation));
    }

    [Fact]
    public async Task EveryMethod_AfterDisposal_Throws()
    {
        var (session, agent) = await StartAsync();
        await session.DisposeAsync();
        await session.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => session.AppendMessageAsync(User(), agent, Cancellation));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => session.GetMetadataAsync(cancellationToken: Cancellation));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => session.CreateSessionAsync(new Dictionary<string, object?> { ["a"] = 1 }, Cancellation));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => session.DeleteSessionAsync(Cancellation));
        Assert.True(await Open().SessionExistsAsync(Cancellation));
    }

    private static async Task AssertEmptyAsync(ISessionManager session)
    {
        Assert.Empty(await session.ListAgentsAsync(Cancellation));
        Assert.Empty(await session.GetFeedbacksAsync(Cancellation));
        Assert.Empty(await session.ListGuardrailEventsAsync(Cancellation));
        Assert.Empty(await session.ListMessagesAsync("support", cancellationToken: Cancellation));
        Assert.Equal(0, await session.GetMessageCountAsync("support", Cancellation));
        Assert.Null(await session.GetAgentConfigAsync("support", Cancellation));
    }
}
