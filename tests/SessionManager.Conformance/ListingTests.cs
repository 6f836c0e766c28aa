namespace SessionManager.Conformance;

/// <summary>
/// Lists of sessions: conditions, orders and pages.
/// </summary>
public abstract class ListingTests(ConformanceFixture fixture) : ConformanceTests(fixture), IAsyncLifetime
{
    private ConformanceHost _host = null!;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync() => _host = await CreateHostAsync(options => options);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task ListSessionsAsync_NoSessions_IsOneEmptyPage()
    {
        var page = await ListAsync(new());

        Assert.Empty(page.Sessions);
        Assert.Null(page.Next);
    }

    [Fact]
    public async Task ListSessionsAsync_NoConditions_ListsAllNewestFirst()
    {
        await AddAsync("a", "b", "c");

        var page = await ListAsync(new());

        Assert.Equal(["c", "b", "a"], page.Sessions.Select(session => session.SessionId));
        Assert.Null(page.Next);
        var newest = page.Sessions[0];
        Assert.Equal((Now(), Now()), (newest.CreatedAt, newest.UpdatedAt));
    }

    [Fact]
    public async Task ListSessionsAsync_ByUpdate_PutsTheLastUpdatedFirst()
    {
        await AddAsync("a", "b");
        Wait();
        await _host.Factory.Create("a").UpdateMetadataAsync(Map(("k", 1)), Cancellation);

        Assert.Equal(["a", "b"], await ListIdsAsync(new() { Order = SessionOrder.UpdatedAt }));
        Assert.Equal(["b", "a"], await ListIdsAsync(new() { Order = SessionOrder.CreatedAt }));
    }

    [Fact]
    public async Task ListSessionsAsync_Pages_HoldEachSessionOnceWhateverIsAdded()
    {
        await AddAsync("a", "b", "c", "d", "e");
        var first = await ListAsync(new() { Limit = 2 });
        await AddAsync("f");
        var second = await ListAsync(new() { Limit = 2, After = first.Next });
        var third = await ListAsync(new() { Limit = 2, After = second.Next });

        Assert.Equal(["e", "d"], first.Sessions.Select(session => session.SessionId));
        Assert.Equal(["c", "b"], second.Sessions.Select(session => session.SessionId));
        Assert.Equal(["a"], third.Sessions.Select(session => session.SessionId));
        Assert.Null(third.Next);
    }

    [Fact]
    public async Task ListSessionsAsync_LastPageThatIsFull_HasNoNext()
    {
        await AddAsync("a", "b");

        Assert.Null((await ListAsync(new() { Limit = 2 })).Next);
    }

    [Fact]
    public async Task ListSessionsAsync_SameTime_PagesHoldEachSessionOnce()
    {
        var ids = Enumerable.Range(0, 7).Select(i => $"s{i}").ToArray();
        foreach (var id in ids)
        {
            await _host.Factory.Create(id).CreateSessionAsync(Cancellation);
        }

        var listed = new List<string>();
        string? after = null;
        do
        {
            var page = await ListAsync(new() { Limit = 3, After = after });
            listed.AddRange(page.Sessions.Select(session => session.SessionId));
            after = page.Next;
        }
        while (after is not null);

        Assert.Equal(ids, listed.Order());
    }

    [Fact]
    public async Task ListSessionsAsync_ApplicationName_SelectsIt()
    {
        await _host.Factory.Create("a", new() { ApplicationName = "shop" }).CreateSessionAsync(Cancellation);
        await _host.Factory.Create("b", new() { ApplicationName = "other" }).CreateSessionAsync(Cancellation);
        await _host.Factory.Create("c").CreateSessionAsync(Cancellation);

        var session = Assert.Single((await ListAsync(new() { ApplicationName = "shop" })).Sessions);
        Assert.Equal(("a", "shop"), (session.SessionId, session.ApplicationName));
    }

    [Fact]
    public async Task ListSessionsAsync_TimeRanges_IncludeTheStartAndNotTheEnd()
    {
        await AddAsync("a", "b", "c", "d");
        var sessions = (await ListAsync(new())).Sessions.ToDictionary(session => session.SessionId, session => session.CreatedAt);
        Wait();
        await _host.Factory.Create("a").UpdateMetadataAsync(Map(("k", 1)), Cancellation);

        Assert.Equal(["c", "b"], await ListIdsAsync(new() { CreatedFrom = sessions["b"], CreatedBefore = sessions["d"] }));
        Assert.Equal(["c", "b"], await ListIdsAsync(new() { UpdatedFrom = sessions["b"], UpdatedBefore = sessions["d"] }));
        Assert.Equal(["a"], await ListIdsAsync(new() { UpdatedFrom = Now() }));
        Assert.Equal(["d"], await ListIdsAsync(new() { CreatedFrom = sessions["d"].ToOffset(TimeSpan.FromHours(5)) }));
    }

    [Fact]
    public async Task ListSessionsAsync_Metadata_SelectsEqualValues()
    {
        await AddAsync("a", Map(("tier", "gold"), ("customer", Map(("id", 7))), ("tags", new[] { "x", "y" })));
        await AddAsync("b", Map(("tier", "gold"), ("customer", Map(("id", 8)))));
        await AddAsync("c", Map(("tier", "silver"), ("customer.id", 7L)));

        Assert.Equal(["b", "a"], await ListIdsAsync(new() { Metadata = Map(("tier", "gold")) }));
        Assert.Equal(["c", "a"], await ListIdsAsync(new() { Metadata = Map(("customer.id", 7)) }));
        Assert.Equal(["a"], await ListIdsAsync(new() { Metadata = Map(("tier", "gold"), ("customer.id", 7.0)) }));
        Assert.Equal(["a"], await ListIdsAsync(new() { Metadata = Map(("tags", "y")) }));
        Assert.Equal(["a"], await ListIdsAsync(new() { Metadata = Map(("tags", new[] { "x", "y" })) }));
        Assert.Equal(["b"], await ListIdsAsync(new() { Metadata = Map(("customer", Map(("id", 8)))) }));
        Assert.Empty(await ListIdsAsync(new() { Metadata = Map(("tier", "bronze")) }));
    }

    [Fact]
    public async Task ListSessionsAsync_Sessions_BringTheirMetadata()
    {
        await AddAsync("a", Map(("tier", "gold")));

        Assert.Equivalent(Map(("tier", "gold")), Assert.Single((await ListAsync(new())).Sessions).Metadata, strict: true);
    }

    [Fact]
    public async Task ListSessionsAsync_ConditionsOverSeveralPages_HoldOnEach()
    {
        for (var i = 0; i < 6; i++)
        {
            await AddAsync($"s{i}", Map(("even", i % 2 == 0)));
        }

        var query = new SessionQuery { Metadata = Map(("even", true)), Limit = 2 };
        var first = await ListAsync(query);
        var second = await ListAsync(query with { After = first.Next });

        Assert.Equal(["s4", "s2", "s0"], first.Sessions.Concat(second.Sessions).Select(session => session.SessionId));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(1001)]
    public async Task ListSessionsAsync_LimitOutOfRange_Throws(int limit) =>
        await Assert.ThrowsAnyAsync<ArgumentException>(() => ListAsync(new() { Limit = limit }));

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("!!!")]
    [InlineData("AAAA")]
    public async Task ListSessionsAsync_AfterThatIsNoPageEnd_Throws(string after) =>
        await Assert.ThrowsAsync<ArgumentException>(() => ListAsync(new() { After = after }));

    [Fact]
    public async Task ListSessionsAsync_PageEndOfAnotherOrder_Throws()
    {
        await AddAsync("a", "b");
        var page = await ListAsync(new() { Limit = 1 });

        await Assert.ThrowsAsync<ArgumentException>(() => ListAsync(new() { Limit = 1, After = page.Next, Order = SessionOrder.UpdatedAt }));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a..b")]
    [InlineData("$where")]
    public async Task ListSessionsAsync_MetadataKeyThatCannotBe_Throws(string key) =>
        await Assert.ThrowsAsync<ArgumentException>(() => ListAsync(new() { Metadata = Map((key, 1)) }));

    private async Task AddAsync(params string[] sessionIds)
    {
        foreach (var sessionId in sessionIds)
        {
            await AddAsync(sessionId, Map());
        }
    }

    private async Task AddAsync(string sessionId, Dictionary<string, object?> metadata)
    {
        Wait();
        var session = _host.Factory.Create(sessionId);
        await session.CreateSessionAsync(Cancellation);
        await session.UpdateMetadataAsync(metadata, Cancellation);
    }

    private Task<SessionPage> ListAsync(SessionQuery query) => _host.Storage.Catalog!.ListSessionsAsync(query, Cancellation);

    private async Task<IEnumerable<string>> ListIdsAsync(SessionQuery query) => (await ListAsync(query)).Sessions.Select(session => session.SessionId);
}
