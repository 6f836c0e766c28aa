namespace SessionManager.Conformance;

/// <summary>
/// Sessions that belong to somebody.
/// </summary>
public abstract class OwnerTests(ConformanceFixture fixture) : ConformanceTests(fixture)
{
    private static readonly SessionOwner[] Owners =
    [
        SessionOwner.None,
        new() { User = "alice" },
        new() { User = "Alice" },
        new() { User = "bob" },
        new() { Tenant = "alice" },
        new() { Tenant = "acme", User = "alice" },
        new() { Tenant = "acme~", User = "alice" },
        new() { Tenant = "acme", User = "~alice" },
        new() { Tenant = "acme%7E", User = "alice" },
        new() { Tenant = "acme/support", User = "alice" },
        new() { Tenant = "acme.$x", User = " alice " },
        new() { Tenant = "Zürich", User = "u\u0308" },
        new() { Tenant = "Zu\u0308rich", User = "\u00FC" },
    ];

    [Fact]
    public async Task Create_SameIdOfSeveralOwners_AreSeveralSessions()
    {
        foreach (var owner in Owners)
        {
            var (session, agent) = (Open(owner), CreateAgent());
            Assert.True((await session.InitializeAsync(agent, Cancellation)).IsNewAgent);
            await session.AppendMessageAsync(User($"of {owner}"), agent, Cancellation);
            await session.UpdateMetadataAsync(Map(("owner", $"{owner}")), Cancellation);
            await session.AddFeedbackAsync(new Feedback { Comment = $"{owner}" }, Cancellation);
        }

        foreach (var owner in Owners)
        {
            var (session, agent) = (Open(owner), CreateAgent());
            await session.InitializeAsync(agent, Cancellation);
            Assert.Equal((SessionId, owner), (session.SessionId, session.Owner));
            Assert.Equal([$"of {owner}"], agent.Messages.Select(message => message.Text));
            Assert.Equal($"{owner}", (await session.GetMetadataAsync(cancellationToken: Cancellation))!["owner"]);
            Assert.Equal([$"{owner}"], (await session.GetFeedbacksAsync(Cancellation)).Select(feedback => feedback.Comment));
        }

        Assert.True(await Open(Owners[1]).DeleteSessionAsync(Cancellation));
        foreach (var owner in Owners)
        {
            Assert.Equal(owner != Owners[1], await Open(owner).SessionExistsAsync(Cancellation));
        }
    }

    [Fact]
    public async Task ListSessionsAsync_Owner_ListsHisOnly()
    {
        await using var host = await CreateHostAsync(options => options);
        foreach (var owner in Owners)
        {
            foreach (var id in (string[])["s1", "s2", "s3"])
            {
                await host.Factory.ForOwner(owner).Create(id).CreateSessionAsync(Cancellation);
                Wait();
            }
        }

        foreach (var owner in Owners)
        {
            var first = await host.Storage.Catalog!.ListSessionsAsync(new SessionQuery { Owner = owner, Limit = 2 }, Cancellation);
            var second = await host.Storage.Catalog.ListSessionsAsync(new SessionQuery { Owner = owner, Limit = 2, After = first.Next }, Cancellation);

            Assert.Equal(["s3", "s2"], first.Sessions.Select(session => session.SessionId));
            Assert.Equal(["s1"], second.Sessions.Select(session => session.SessionId));
            Assert.All(first.Sessions.Concat(second.Sessions), session => Assert.Equal(owner, session.Owner));
            Assert.Null(second.Next);
        }

        var all = await host.Storage.Catalog!.ListSessionsAsync(new SessionQuery { Limit = 1000 }, Cancellation);
        Assert.Equal(3 * Owners.Length, all.Sessions.Count);
    }

    [Fact]
    public async Task ListSessionsAsync_SameTime_PagesHoldEachSessionOnce()
    {
        await using var host = await CreateHostAsync(options => options);
        foreach (var owner in Owners)
        {
            await host.Factory.ForOwner(owner).Create("s").CreateSessionAsync(Cancellation);
        }

        var found = new List<SessionOwner>();
        string? after = null;
        do
        {
            var page = await host.Storage.Catalog!.ListSessionsAsync(new SessionQuery { Limit = 2, After = after }, Cancellation);
            found.AddRange(page.Sessions.Select(session => session.Owner));
            after = page.Next;
        }
        while (after is not null);

        Assert.Equal(Owners.ToHashSet(), found.ToHashSet());
        Assert.Equal(Owners.Length, found.Count);
    }

    [Fact]
    public async Task ForkAsync_OwnedSession_IsTheSameOwners()
    {
        var session = Open(Owners[5]);
        await session.UpdateMetadataAsync(Map(("a", 1)), Cancellation);

        Assert.True(await session.ForkAsync($"{SessionId}-copy", cancellationToken: Cancellation));

        Assert.Equal(1, (await Factory.ForOwner(Owners[5]).Create($"{SessionId}-copy").GetMetadataAsync(cancellationToken: Cancellation))!["a"]);
        Assert.False(await Factory.Create($"{SessionId}-copy").SessionExistsAsync(Cancellation));
    }

    [Fact]
    public async Task InitializeAsync_RequireExistingOfAnother_ThrowsAndWritesNothing()
    {
        await Open(Owners[1]).InitializeAsync(CreateAgent(), Cancellation);
        var options = new AgentInitializationOptions { RequireExisting = true };

        foreach (var id in (string[])[SessionId, $"{SessionId}-none"])
        {
            var session = Factory.ForOwner(Owners[3]).Create(id);
            var error = await Assert.ThrowsAsync<SessionNotFoundException>(() => session.InitializeAsync(CreateAgent(), options, Cancellation));
            Assert.Equal((id, Owners[3], $"Session {id} not found."), (error.SessionId, error.Owner, error.Message));
            await Assert.ThrowsAsync<SessionNotFoundException>(() => session.StartRunAsync(CreateAgent(), options, cancellationToken: Cancellation));
            Assert.False(await session.SessionExistsAsync(Cancellation));
        }

        Assert.False((await Open(Owners[1]).InitializeAsync(CreateAgent(), options, Cancellation)).IsNewAgent);
        Assert.True((await Open(Owners[1]).InitializeAsync(CreateAgent("helper"), options, Cancellation)).IsNewAgent);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task InitializeAsync_RequireExistingWithoutAnAgent_AddsIt(bool isRun)
    {
        var (session, agent) = (Open(), CreateAgent());
        await session.CreateSessionAsync(Map(("a", 1)), Cancellation);
        var options = new AgentInitializationOptions { RequireExisting = true };

        if (isRun)
        {
            await using var run = await session.StartRunAsync(agent, options, cancellationToken: Cancellation);
        }
        else
        {
            await session.InitializeAsync(agent, options, Cancellation);
        }

        Assert.Equal(["support"], (await session.ListAgentsAsync(Cancellation)).Select(config => config.AgentId));
        Assert.Equal(1, (await session.GetMetadataAsync(cancellationToken: Cancellation))!["a"]);
    }

    [Fact]
    public async Task InitializeAsync_RequireExistingOfADeletedOne_Throws()
    {
        var (session, _) = await StartAsync();
        await session.DeleteSessionAsync(Cancellation);

        await Assert.ThrowsAsync<SessionNotFoundException>(
            () => Open().InitializeAsync(CreateAgent(), new AgentInitializationOptions { RequireExisting = true }, Cancellation));

        Assert.False(await session.SessionExistsAsync(Cancellation));
    }

    [Theory]
    [InlineData("~a~b~c")]
    [InlineData("~~~c")]
    [InlineData("~a~b~c~d")]
    public async Task Create_IdThatLooksLikeAKey_IsRefusedUnlessItHasAnOwner(string id)
    {
        var error = Assert.Throws<ArgumentException>(() => Factory.Create(id));
        Assert.Equal("sessionId", error.ParamName);

        var session = Factory.ForOwner(Owners[5]).Create(id);
        await session.CreateSessionAsync(Cancellation);
        Assert.True(await session.SessionExistsAsync(Cancellation));
        Assert.Equal(id, session.SessionId);
        await session.DeleteSessionAsync(Cancellation);
    }

    [Theory]
    [InlineData("~~~c")]
    [InlineData("~a~b~")]
    [InlineData("~a~b~c~d")]
    [InlineData("~a%~b~c")]
    [InlineData("~a%41~b~c")]
    [InlineData("~a%7e~b~c")]
    [InlineData("~a~ ~c")]
    public async Task EveryCall_TextThatIsNoKey_IsRefused(string id)
    {
        Func<Task>[] calls =
        [
            () => Storage.GetSessionAsync(id, Cancellation),
            () => Storage.SetTitleAsync(id, "A title", null, Cancellation),
            () => Storage.ListFeedbacksAsync(id, new FeedbackQuery(), Cancellation),
            () => Storage.DeleteFeedbackAsync(id, "f", Cancellation),
        ];

        foreach (var call in calls)
        {
            Assert.Equal("sessionId", (await Assert.ThrowsAsync<ArgumentException>(call)).ParamName);
        }
    }

    [Theory]
    [InlineData("~")]
    [InlineData("~~")]
    [InlineData("~a~b")]
    [InlineData("a~b~c~d")]
    public async Task Create_IdWithFewerOrLaterTildes_IsAnyId(string id)
    {
        var session = Factory.Create($"{id}{Guid.NewGuid():N}");

        Assert.True(await session.CreateSessionAsync(Cancellation));
        Assert.Equal(SessionOwner.None, (await Storage.GetSessionAsync(session.SessionId, Cancellation))!.Owner);
    }

    [Fact]
    public async Task EveryCall_OwnerWithNamesAsLongAsTheyMayBe_TakesTheKey()
    {
        // Its key is longer than an id may be.
        var session = Open(new SessionOwner { Tenant = new string('t', 255), User = new string('u', 255) });
        await session.CreateSessionAsync(Cancellation);

        await session.SetTitleAsync("A title", Cancellation);
        var added = await session.AddFeedbackAsync(new Feedback { UserId = new string('v', 255), Comment = "c" }, Cancellation);
        var listed = await session.ListFeedbacksAsync(new FeedbackQuery(), Cancellation);

        Assert.Equal("A title", (await session.GetSessionAsync(Cancellation))!.Title);
        Assert.Equal(added!.Id, Assert.Single(listed.Feedbacks).Id);
        Assert.True(await session.DeleteFeedbackAsync(added.Id!, Cancellation));
        Assert.Empty(await session.GetFeedbacksAsync(Cancellation));
        await session.DeleteSessionAsync(Cancellation);
    }

    private ISessionManager Open(SessionOwner owner) => Factory.ForOwner(owner).Create(SessionId);
}
