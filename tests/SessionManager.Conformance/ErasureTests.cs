namespace SessionManager.Conformance;

/// <summary>
/// The erasure of an owner: what goes, what stays, and what the receipt says. For storages whose catalog can erase.
/// </summary>
public abstract class ErasureTests(ConformanceFixture fixture) : ConformanceTests(fixture)
{
    private static readonly TimeSpan PastAnyGracePeriod = TimeSpan.FromDays(40_000);

    private readonly SessionOwner _owner = new() { Tenant = "acme", User = $"user-{Guid.NewGuid():N}" };

    private SessionCatalog Catalog => Storage.Catalog!;

    [Fact]
    public async Task EraseAsync_Owner_LosesEverySessionAndTheReceiptCountsIt()
    {
        await AddAsync(_owner, "a", messageCount: 3);
        await AddAsync(_owner, "b", messageCount: 2);
        await Factory.ForOwner(_owner).Create("c").UpdateMetadataAsync(Map(("k", 1)), Cancellation);

        var receipt = await Catalog.EraseAsync(_owner, Cancellation);

        Assert.Equal((3, 5), (receipt.SessionCount, receipt.MessageCount));
        Assert.Equal((Now(), Now()), (receipt.StartedAt, receipt.CompletedAt));
        Assert.True(receipt.FinalAt > Now());
        Assert.False(receipt.IsFinal);
        Assert.Equal(receipt, await Catalog.GetErasureAsync(receipt.Id, Cancellation));
        await AssertIsGoneAsync(_owner, "a", "b", "c");
    }

    [Fact]
    public async Task EraseAsync_Owner_LeavesAllOthers()
    {
        SessionOwner[] others =
        [
            SessionOwner.None,
            new() { Tenant = _owner.Tenant },
            new() { User = _owner.User },
            new() { Tenant = _owner.Tenant, User = $"{_owner.User}x" },
            new() { Tenant = _owner.Tenant, User = $"{_owner.User}~" },
            new() { Tenant = _owner.Tenant, User = $"{_owner.User}/a" },
            new() { Tenant = _owner.Tenant, User = $"{_owner.User}\u007f" },
            new() { Tenant = _owner.Tenant, User = _owner.User!.ToUpperInvariant() },
            new() { Tenant = _owner.User, User = _owner.Tenant },
        ];
        foreach (var owner in others)
        {
            await AddAsync(owner, $"{_owner.User}-kept", messageCount: 1);
        }

        await AddAsync(_owner, "a", messageCount: 1);

        Assert.Equal((1, 1), Counts(await Catalog.EraseAsync(_owner, Cancellation)));

        foreach (var owner in others)
        {
            Assert.Equal(1, await Factory.ForOwner(owner).Create($"{_owner.User}-kept").GetMessageCountAsync("support", Cancellation));
        }
    }

    [Fact]
    public async Task EraseAsync_OddOwnerAndIds_LosesThem()
    {
        var owner = new SessionOwner { Tenant = $"~%/{Guid.NewGuid():N}", User = "a/b~c%7E\u00ff\ud83d\ude00" };
        foreach (var id in (string[])["~", "/", "%2F", "a~b~c", "\u007f", "\ud83d\ude00"])
        {
            await AddAsync(owner, id, messageCount: 2);
        }

        Assert.Equal((6, 12), Counts(await Catalog.EraseAsync(owner, Cancellation)));

        await AssertIsGoneAsync(owner, "~", "/", "%2F", "a~b~c", "\u007f", "\ud83d\ude00");
        Assert.Equal((6, 12), Counts(await Catalog.EraseAsync(owner, Cancellation)));
    }

    [Fact]
    public async Task EraseAsync_Branches_CountsTheMessagesOfAll()
    {
        await AddAsync(_owner, "a", messageCount: 4);
        await using var session = Factory.ForOwner(_owner).Create("a");
        await session.RewindAsync("support", 1, cancellationToken: Cancellation);
        var agent = CreateAgent();
        await session.InitializeAsync(agent, Cancellation);
        await session.AppendMessagesAsync([User(), Assistant()], agent, Cancellation);

        Assert.Equal((1, 6), Counts(await Catalog.EraseAsync(_owner, Cancellation)));
    }

    [Fact]
    public async Task EraseAsync_AgainBeforeTheEnd_GoesOnWithTheSameReceipt()
    {
        await AddAsync(_owner, "a", messageCount: 2);
        var first = await Catalog.EraseAsync(_owner, Cancellation);
        Wait();

        Assert.Equal(first, await Catalog.EraseAsync(_owner, Cancellation));

        await AddAsync(_owner, "a", messageCount: 3);
        var second = await Catalog.EraseAsync(_owner, Cancellation);
        Assert.Equal((first.Id, first.StartedAt, Now(), 2, 5), (second.Id, second.StartedAt, second.CompletedAt, second.SessionCount, second.MessageCount));
        Assert.True(second.FinalAt > first.FinalAt);
        await AssertIsGoneAsync(_owner, "a");
    }

    [Fact]
    public async Task EraseAsync_NothingThere_HasAReceiptAllTheSame()
    {
        var receipt = await Catalog.EraseAsync(_owner, Cancellation);

        Assert.Equal((0, 0), Counts(receipt));
        Assert.NotNull(receipt.CompletedAt);
        Assert.NotNull(receipt.FinalAt);
    }

    [Fact]
    public async Task EraseAsync_DeletedBefore_CountsOnlyWhatIsThere()
    {
        await AddAsync(_owner, "a", messageCount: 2);
        await Factory.ForOwner(_owner).Create("a").DeleteSessionAsync(Cancellation);
        await AddAsync(_owner, "b", messageCount: 1);

        Assert.Equal((1, 1), Counts(await Catalog.EraseAsync(_owner, Cancellation)));
    }

    [Fact]
    public async Task EraseAsync_MessagesWithoutASession_LosesThem()
    {
        var key = new SessionKey(_owner, "a").ToString();
        await Storage.AppendMessageAsync(key, new AgentBranch("support", 7), User(), nextPosition: null, metrics: null, Cancellation);

        Assert.Equal((0, 1), Counts(await Catalog.EraseAsync(_owner, Cancellation)));

        Assert.Empty(await Storage.ListMessagesAsync(key, new AgentBranch("support", 7), new MessageQuery(), Cancellation));
    }

    [Fact]
    public async Task EraseAsync_RunGoesOn_IsLost()
    {
        await using var session = Factory.ForOwner(_owner).Create("a");
        var agent = CreateAgent();
        var run = await session.StartRunAsync(agent, new AgentInitializationOptions(), cancellationToken: Cancellation);
        await session.AppendMessageAsync(User(), agent, Cancellation);

        await Catalog.EraseAsync(_owner, Cancellation);

        await Assert.ThrowsAnyAsync<SessionException>(async () =>
        {
            await session.AppendAnswerAsync([Assistant()], agent, Cancellation);
            await run.CompleteAsync(Cancellation);
        });
        await AssertIsGoneAsync(_owner, "a");
        await Assert.ThrowsAsync<SessionNotFoundException>(() => session.UpdateMetadataAsync(Map(("k", 1)), Cancellation));
    }

    [Fact]
    public async Task SweepAsync_AfterTheEnd_LeavesTheReceiptAndTheNextErasureIsAnother()
    {
        await using var host = await CreateHostAsync(options => options);
        await AddAsync(_owner, "a", messageCount: 2, host.Factory);
        var first = await host.Storage.Catalog!.EraseAsync(_owner, Cancellation);

        await host.Storage.SweepAsync(Cancellation);
        Assert.Equal(first, await host.Storage.Catalog.GetErasureAsync(first.Id, Cancellation));
        Clock.Advance(PastAnyGracePeriod);
        await host.Storage.SweepAsync(Cancellation);

        Assert.Equal(first with { IsFinal = true }, await host.Storage.Catalog.GetErasureAsync(first.Id, Cancellation));
        await AddAsync(_owner, "a", messageCount: 1, host.Factory);
        var second = await host.Storage.Catalog.EraseAsync(_owner, Cancellation);
        Assert.NotEqual(first.Id, second.Id);
        Assert.Equal((1, 1), Counts(second));
        Assert.Equal(first with { IsFinal = true }, await host.Storage.Catalog.GetErasureAsync(first.Id, Cancellation));
    }

    [Fact]
    public async Task SweepAsync_SessionsBegunAfterTheErasure_Stay()
    {
        await using var host = await CreateHostAsync(options => options);
        await AddAsync(_owner, "a", messageCount: 2, host.Factory);
        var receipt = await host.Storage.Catalog!.EraseAsync(_owner, Cancellation);
        await AddAsync(_owner, "a", messageCount: 1, host.Factory);
        await AddAsync(_owner, "b", messageCount: 1, host.Factory);

        await host.Storage.SweepAsync(Cancellation);
        Clock.Advance(PastAnyGracePeriod);
        await host.Storage.SweepAsync(Cancellation);

        Assert.Equal(receipt with { IsFinal = true }, await host.Storage.Catalog.GetErasureAsync(receipt.Id, Cancellation));
        Assert.Equal(1, await host.Factory.ForOwner(_owner).Create("a").GetMessageCountAsync("support", Cancellation));
        Assert.Equal(1, await host.Factory.ForOwner(_owner).Create("b").GetMessageCountAsync("support", Cancellation));
    }

    [Fact]
    public async Task EraseAsync_NoOwner_Throws()
    {
        await Assert.ThrowsAsync<ArgumentNullException>(() => Catalog.EraseAsync(null!, Cancellation));
        await Assert.ThrowsAsync<ArgumentException>(() => Catalog.EraseAsync(SessionOwner.None, Cancellation));
        await Assert.ThrowsAsync<ArgumentException>(() => Catalog.EraseAsync(new SessionOwner(), Cancellation));
    }

    [Fact]
    public async Task GetErasureAsync_Unknown_IsNull()
    {
        await Catalog.EraseAsync(_owner, Cancellation);

        Assert.Null(await Catalog.GetErasureAsync($"{Guid.NewGuid():N}", Cancellation));
        Assert.Null(await Catalog.GetErasureAsync($"~{_owner.Tenant}~{_owner.User}~", Cancellation));
        await Assert.ThrowsAsync<ArgumentException>(() => Catalog.GetErasureAsync(" ", Cancellation));
    }

    private static (long, long) Counts(ErasureReceipt receipt) => (receipt.SessionCount, receipt.MessageCount);

    private async Task AddAsync(SessionOwner owner, string sessionId, int messageCount, ISessionManagerFactory? factory = null)
    {
        await using var session = (factory ?? Factory).ForOwner(owner).Create(sessionId);
        var agent = CreateAgent();
        await session.InitializeAsync(agent, Cancellation);
        await session.AppendMessagesAsync([.. Enumerable.Range(0, messageCount).Select(i => User($"{i}"))], agent, Cancellation);
    }

    private async Task AssertIsGoneAsync(SessionOwner owner, params string[] sessionIds)
    {
        Assert.Empty((await Catalog.ListSessionsAsync(new SessionQuery { Owner = owner }, Cancellation)).Sessions);
        foreach (var sessionId in sessionIds)
        {
            await using var session = Factory.ForOwner(owner).Create(sessionId);
            Assert.False(await session.SessionExistsAsync(Cancellation));
            Assert.Equal(0, await session.GetMessageCountAsync("support", Cancellation));
        }
    }
}
