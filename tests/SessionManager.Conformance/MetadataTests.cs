namespace SessionManager.Conformance;

/// <summary>
/// A session's metadata: nested fields by dotted keys, and writers at the same time.
/// </summary>
public abstract class MetadataTests(ConformanceFixture fixture) : ConformanceTests(fixture)
{
    [Fact]
    public async Task UpdateMetadataAsync_SomeFields_LeavesTheOthers()
    {
        var session = await CreateSessionAsync();

        await session.UpdateMetadataAsync(Map(("a", 1), ("c", 3)), Cancellation);
        await session.UpdateMetadataAsync(Map(("b", 2)), Cancellation);
        await session.UpdateMetadataAsync(Map(("a", "changed")), Cancellation);

        await AssertMetadataAsync(Map(("a", "changed"), ("c", 3), ("b", 2)));
    }

    [Fact]
    public async Task DeleteMetadataAsync_PresentAndAbsentKeys_RemovesThePresent()
    {
        var session = await CreateSessionAsync();
        await session.UpdateMetadataAsync(Map(("a", 1), ("b", 2), ("c", 3)), Cancellation);

        await session.DeleteMetadataAsync(["b", "nope", "no.where"], Cancellation);

        await AssertMetadataAsync(Map(("a", 1), ("c", 3)));
    }

    [Fact]
    public async Task UpdateMetadataAsync_DottedKey_LeadsIntoNestedFields()
    {
        var session = await CreateSessionAsync();
        await session.UpdateMetadataAsync(Map(("customer", Map(("name", "Ada"), ("tier", 1)))), Cancellation);

        await session.UpdateMetadataAsync(Map(("customer.tier", 2), ("order.items.count", 3)), Cancellation);

        await AssertMetadataAsync(Map(("customer", Map(("name", "Ada"), ("tier", 2))), ("order", Map(("items", Map(("count", 3)))))));
    }

    [Fact]
    public async Task GetMetadataAsync_DottedKeys_AreFoundUnderTheKeyThatWasAskedFor()
    {
        // A dotted key cannot be read back by itself in the reference (fault 8).
        var session = await CreateSessionAsync();
        await session.UpdateMetadataAsync(Map(("a.b", 1), ("a.c", 2), ("d", 3)), Cancellation);

        var found = await session.GetMetadataAsync(["d", "zz", "a.c", "a", "d.e"], Cancellation);

        Assert.Equal(["d", "a.c", "a"], found!.Keys);
        Assert.Equivalent(Map(("d", 3), ("a.c", 2), ("a", Map(("b", 1), ("c", 2)))), found, strict: true);
    }

    [Fact]
    public async Task DeleteMetadataAsync_DottedKey_RemovesTheNestedField()
    {
        var session = await CreateSessionAsync();
        await session.UpdateMetadataAsync(Map(("a.b", 1), ("a.c", 2)), Cancellation);

        await session.DeleteMetadataAsync(["a.b"], Cancellation);

        await AssertMetadataAsync(Map(("a", Map(("c", 2)))));
    }

    [Fact]
    public async Task UpdateMetadataAsync_IndexOfAnArray_ChangesThatItem()
    {
        var session = await CreateSessionAsync();
        await session.UpdateMetadataAsync(Map(("list", new[] { "a", "b" })), Cancellation);

        await session.UpdateMetadataAsync(Map(("list.1", "changed")), Cancellation);

        await AssertMetadataAsync(Map(("list", new List<object?> { "a", "changed" })));
        Assert.Equal("changed", (await session.GetMetadataAsync(["list.1"], Cancellation))!["list.1"]);
    }

    [Fact]
    public async Task UpdateMetadataAsync_PathIntoAnArray_SetsTheItem()
    {
        var session = await CreateSessionAsync();
        await session.UpdateMetadataAsync(Map(("tags", new object[] { "a", "b" }), ("people", new object[] { Map(("name", "Ada")) })), Cancellation);

        await session.UpdateMetadataAsync(Map(("tags.1", "c"), ("people.0.name", "Eve")), Cancellation);

        var metadata = await session.GetMetadataAsync(["tags", "people.0.name"], Cancellation);
        Assert.Equal<object?>(["a", "c"], Assert.IsType<IReadOnlyList<object?>>(metadata!["tags"], exactMatch: false));
        Assert.Equal("Eve", metadata["people.0.name"]);
    }

    [Fact]
    public async Task UpdateMetadataAsync_PathIntoAScalar_ThrowsAndWritesNothing()
    {
        var session = await CreateSessionAsync();
        await session.UpdateMetadataAsync(Map(("a", 1)), Cancellation);

        await Assert.ThrowsAsync<ArgumentException>(() => session.UpdateMetadataAsync(Map(("b", 2), ("a.x", 3)), Cancellation));

        await AssertMetadataAsync(Map(("a", 1)));
    }

    [Theory]
    [InlineData("list.0.x")]
    [InlineData("list.1.x.y")]
    [InlineData("list.2.x")]
    public async Task UpdateMetadataAsync_KeyThroughAnItemWithoutFields_ThrowsAndWritesNothing(string key)
    {
        var session = await CreateSessionAsync();
        await session.UpdateMetadataAsync(Map(("list", new object?[] { "text", Map(("x", 1)), null })), Cancellation);
        var before = await session.GetMetadataAsync(cancellationToken: Cancellation);

        await Assert.ThrowsAsync<ArgumentException>(() => session.UpdateMetadataAsync(Map(("b", 2), (key, 3)), Cancellation));

        Assert.Equivalent(before, await session.GetMetadataAsync(cancellationToken: Cancellation), strict: true);
    }

    [Theory]
    [InlineData("100%")]
    [InlineData("größe 😀")]
    [InlineData("a$b")]
    [InlineData("%2E")]
    public async Task UpdateMetadataAsync_UnusualKey_ComesBack(string key)
    {
        var session = await CreateSessionAsync();

        await session.UpdateMetadataAsync(Map((key, 1)), Cancellation);

        await AssertMetadataAsync(Map((key, 1)));
        Assert.Equal(key, Assert.Single(await session.GetMetadataAsync([key], Cancellation) ?? Map()).Key);
    }

    [Fact]
    public async Task UpdateMetadataAsync_KeysInsideAMap_MayHoldAnything()
    {
        var session = await CreateSessionAsync();
        var map = Map(("a.b", 1), ("$c", 2), ("", 3), ("d", Map(("%", 4))));

        await session.UpdateMetadataAsync(Map(("map", map)), Cancellation);

        await AssertMetadataAsync(Map(("map", map)));
    }

    [Fact]
    public async Task CreateSessionAsync_AnyFields_LeavesWhatAnUpdateWouldHave()
    {
        var metadata = Map(
            ("null", null),
            ("text", "größe 😀"),
            ("int", 1),
            ("long", 1L),
            ("large", ulong.MaxValue),
            ("double", 1.5),
            ("decimal", 1.10m),
            ("time", new DateTimeOffset(2030, 1, 2, 3, 4, 5, TimeSpan.FromHours(2))),
            ("id", Guid.Empty),
            ("day", DayOfWeek.Friday),
            ("bytes", new byte[] { 1, 2 }),
            ("list", new object?[] { 1, "b", null, Map(("c", 1)) }),
            ("map", Map(("a.b", 1), ("$c", 2), ("", 3), ("%", Map(("d.e", 4))))),
            ("object", new { Name = "Ada", Address = new { City = "Vienna" } }),
            ("a$b", 1),
            ("100%", 1),
            ("%2E", 1),
            ("nested.a.b", 1),
            ("nested.c", Map(("d", 1))),
            ("nested.a.e", 2),
            ("numbered.0", "no list"),
            ("numbered.1.x", 1));
        var updated = Factory.Create(NewSessionId());
        await updated.CreateSessionAsync(Cancellation);
        await updated.UpdateMetadataAsync(metadata, Cancellation);

        Assert.True(await Open().CreateSessionAsync(metadata, Cancellation));

        var expected = await updated.GetMetadataAsync(cancellationToken: Cancellation);
        Assert.Equal(19, expected!.Count);
        await AssertMetadataAsync(new(expected));
        Assert.Equal(1, (await Open().GetMetadataAsync(["nested.a.b"], Cancellation))!["nested.a.b"]);
    }

    [Fact]
    public async Task EveryWrite_ExistingSession_MarksItAsUpdated()
    {
        // Metadata and configuration do not mark it in the reference (fault 31).
        var (session, agent) = await StartAsync();

        await AssertUpdatesAsync(() => session.UpdateMetadataAsync(Map(("a", 1)), Cancellation));
        await AssertUpdatesAsync(() => session.DeleteMetadataAsync(["a"], Cancellation));
        await AssertUpdatesAsync(() => session.IncrementMetadataAsync("a", cancellationToken: Cancellation));
        await AssertUpdatesAsync(() => session.IncrementMetadataAsync("a", 0, Cancellation));
        await AssertUpdatesAsync(() => session.AddFeedbackAsync(new Feedback(), Cancellation));
        await AssertUpdatesAsync(() => session.UpdateAgentConfigAsync("support", model: "m", cancellationToken: Cancellation));
        await AssertUpdatesAsync(() => session.SetPromptMetadataAsync("support", Map(("a", 1)), Cancellation));
        await AssertUpdatesAsync(() => session.InitializeAsync(CreateAgent("billing"), Cancellation));
        await AssertUpdatesAsync(async () =>
        {
            await session.AppendMessageAsync(User(), agent, Cancellation);
            await session.SyncAgentAsync(agent, Cancellation);
        });
    }

    [Fact]
    public async Task OtherWrites_UnknownSession_ThrowAndCreateNothing()
    {
        // These writes succeed silently in the reference (fault 27).
        var session = Open();

        await Assert.ThrowsAsync<SessionNotFoundException>(() => session.DeleteMetadataAsync(["a"], Cancellation));
        await Assert.ThrowsAsync<SessionNotFoundException>(
            () => session.AddFeedbackAsync(new Feedback { AgentId = "support", Position = 0 }, Cancellation));
        await Assert.ThrowsAsync<SessionNotFoundException>(() => session.UpdateAgentConfigAsync("support", model: "m", cancellationToken: Cancellation));
        await Assert.ThrowsAsync<SessionNotFoundException>(() => session.SetPromptMetadataAsync("support", Map(("a", 1)), Cancellation));
        await Assert.ThrowsAsync<SessionNotFoundException>(() => session.AppendMessageAsync(User(), CreateAgent(), Cancellation));

        Assert.False(await session.SessionExistsAsync(Cancellation));
    }

    [Fact]
    public async Task FirstWrite_UnknownSession_CreatesItWithThat()
    {
        var (updated, counted, rated) = (
            Factory.Create(NewSessionId(), new() { ApplicationName = "shop" }), Factory.Create(NewSessionId()), Factory.Create(NewSessionId()));

        await updated.UpdateMetadataAsync(Map(("a.b", 1)), Cancellation);
        Assert.Equal(5_000_000_000, await counted.IncrementMetadataAsync("n", 5_000_000_000, Cancellation));
        Assert.Equal(5_000_000_002, await counted.IncrementMetadataAsync("n", 2, Cancellation));
        await rated.AddFeedbackAsync(new Feedback { Rating = FeedbackRating.Up }, Cancellation);

        var info = await GetInfoAsync(updated.SessionId);
        Assert.Equal(("shop", Now()), (info.ApplicationName, info.CreatedAt));
        Assert.Equivalent(Map(("a", Map(("b", 1)))), info.Metadata, strict: true);
        Assert.Equivalent(Map(("n", 5_000_000_002)), (await GetInfoAsync(counted.SessionId)).Metadata, strict: true);
        Assert.Single(await rated.GetFeedbacksAsync(Cancellation));
    }

    [Fact]
    public async Task FirstWrite_ManyAtOnce_AllCount()
    {
        await Task.WhenAll(Enumerable.Range(0, 16).Select(i => Open().UpdateMetadataAsync(Map(($"key{i}", i)), Cancellation)));
        Assert.Equal(16, (await GetInfoAsync()).Metadata.Count);

        var other = NewSessionId();
        await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Factory.Create(other).IncrementMetadataAsync("n", cancellationToken: Cancellation)));
        Assert.Equivalent(Map(("n", 16)), (await GetInfoAsync(other)).Metadata, strict: true);
    }

    [Fact]
    public async Task FirstWrite_SessionWasDeleted_DoesNotBringItBack()
    {
        var session = Open();
        await session.CreateSessionAsync(Map(("a", 1)), Cancellation);
        await session.DeleteSessionAsync(Cancellation);

        foreach (var write in (Func<Task>[])
        [
            () => session.UpdateMetadataAsync(Map(("a", 1)), Cancellation),
            () => session.IncrementMetadataAsync("a", cancellationToken: Cancellation),
            () => session.AddFeedbackAsync(new Feedback(), Cancellation),
        ])
        {
            Assert.True((await Assert.ThrowsAsync<SessionNotFoundException>(write)).WasDeleted);
        }

        Assert.False(await session.SessionExistsAsync(Cancellation));
        Assert.True(await session.CreateSessionAsync(Map(("b", 2)), Cancellation));
        Assert.Equivalent(Map(("b", 2)), (await GetInfoAsync()).Metadata, strict: true);
    }

    [Fact]
    public async Task EmptyCalls_ChangeNothing()
    {
        var session = Open();

        await session.UpdateMetadataAsync(Map(), Cancellation);
        await session.DeleteMetadataAsync([], Cancellation);

        Assert.False(await session.SessionExistsAsync(Cancellation));
    }

    [Fact]
    public async Task UpdateMetadataAsync_ManyWritersOfDifferentFields_LoseNothing()
    {
        await CreateSessionAsync();

        await Task.WhenAll(Enumerable.Range(0, 32).Select(i =>
            Task.Run(() => Open().UpdateMetadataAsync(Map(($"field-{i}", i), ($"nested.n{i}", i)), Cancellation))));

        var metadata = await Open().GetMetadataAsync(cancellationToken: Cancellation);
        Assert.Equal(33, metadata!.Count);
        Assert.Equal(32, Assert.IsAssignableFrom<IReadOnlyDictionary<string, object?>>(metadata["nested"]).Count);
    }

    [Fact]
    public async Task GetSessionAsync_SessionWithMetadata_HasIt()
    {
        var session = await CreateSessionAsync();
        await session.UpdateMetadataAsync(Map(("a.b", 1)), Cancellation);

        Assert.Equivalent(Map(("a", Map(("b", 1)))), (await GetInfoAsync()).Metadata, strict: true);
    }

    private async Task<ISessionManager> CreateSessionAsync()
    {
        var session = Open();
        await session.CreateSessionAsync(Cancellation);
        return session;
    }

    private async Task AssertMetadataAsync(Dictionary<string, object?> expected) =>
        Assert.Equivalent(expected, await Open().GetMetadataAsync(cancellationToken: Cancellation), strict: true);
}
