namespace SessionManager.Conformance;

/// <summary>
/// Holds of owners and sessions: what is held cannot be deleted or erased, and goes on as before. For storages whose catalog can hold.
/// </summary>
public abstract class HoldTests(ConformanceFixture fixture) : ConformanceTests(fixture)
{
    private readonly SessionOwner _owner = new() { Tenant = "acme", User = $"user-{Guid.NewGuid():N}" };

    private SessionCatalog Catalog => Storage.Catalog!;

    [Fact]
    public async Task SetHoldAsync_Session_CannotBeDeletedUntilItIsTakenBack()
    {
        var key = await AddAsync(SessionOwner.None, SessionId);
        await Catalog.SetHoldAsync(key, "case 7", Cancellation);

        var exception = await Assert.ThrowsAsync<SessionHeldException>(() => Open().DeleteSessionAsync(Cancellation));

        Assert.Equal((SessionId, SessionOwner.None, "case 7"), (exception.SessionId, exception.Owner, exception.Reason));
        Assert.Equal(2, await Open().GetMessageCountAsync("support", Cancellation));
        Assert.True(await Catalog.RemoveHoldAsync(key, Cancellation));
        Assert.False(await Catalog.RemoveHoldAsync(key, Cancellation));
        Assert.True(await Open().DeleteSessionAsync(Cancellation));
    }

    [Fact]
    public async Task SetHoldAsync_Session_GoesOn()
    {
        var key = await AddAsync(_owner, "a");
        await Catalog.SetHoldAsync(key, "case 7", Cancellation);

        await AddAsync(_owner, "a");
        await using var session = Factory.ForOwner(_owner).Create("a");
        await session.UpdateMetadataAsync(Map(("k", 1)), Cancellation);

        Assert.Equal(4, await session.GetMessageCountAsync("support", Cancellation));
        Assert.Equal(1, (await session.GetMetadataAsync(null, Cancellation))!["k"]);
    }

    [Fact]
    public async Task SetHoldAsync_Session_StopsItsErasureAndNoOther()
    {
        var key = await AddAsync(_owner, "a");
        await AddAsync(_owner, "b");
        await Catalog.SetHoldAsync(key, "case 7", Cancellation);

        var exception = await Assert.ThrowsAsync<SessionHeldException>(() => Catalog.EraseAsync(_owner, Cancellation));

        Assert.Equal(("a", _owner, "case 7"), (exception.SessionId, exception.Owner, exception.Reason));
        Assert.True(await Factory.ForOwner(_owner).Create("a").SessionExistsAsync(Cancellation));
        Assert.False(await Factory.ForOwner(_owner).Create("b").SessionExistsAsync(Cancellation));
        await Catalog.RemoveHoldAsync(key, Cancellation);
        var receipt = await Catalog.EraseAsync(_owner, Cancellation);
        Assert.Equal((2, 4), (receipt.SessionCount, receipt.MessageCount));
    }

    [Fact]
    public async Task SetHoldAsync_Owner_StopsErasureAndDeletionAlsoOfWhatComesLater()
    {
        await AddAsync(_owner, "a");
        await Catalog.SetHoldAsync(_owner, "case 7", Cancellation);
        await AddAsync(_owner, "b");

        var exception = await Assert.ThrowsAsync<SessionHeldException>(() => Catalog.EraseAsync(_owner, Cancellation));

        Assert.Equal(("", _owner, "case 7"), (exception.SessionId, exception.Owner, exception.Reason));
        foreach (var id in (string[])["a", "b"])
        {
            var deletion = await Assert.ThrowsAsync<SessionHeldException>(() => Factory.ForOwner(_owner).Create(id).DeleteSessionAsync(Cancellation));
            Assert.Equal((id, "case 7"), (deletion.SessionId, deletion.Reason));
        }

        Assert.True(await Catalog.RemoveHoldAsync(_owner, Cancellation));
        Assert.False(await Catalog.RemoveHoldAsync(_owner, Cancellation));
        Assert.True(await Factory.ForOwner(_owner).Create("a").DeleteSessionAsync(Cancellation));
        Assert.Equal(1, (await Catalog.EraseAsync(_owner, Cancellation)).SessionCount);
    }

    [Fact]
    public async Task SetHoldAsync_Owner_HoldsNoOther()
    {
        await AddAsync(_owner, "a");
        var other = _owner with { User = $"{_owner.User}x" };
        await AddAsync(other, "a");
        await Catalog.SetHoldAsync(_owner, "case 7", Cancellation);

        Assert.Equal(1, (await Catalog.EraseAsync(other, Cancellation)).SessionCount);
        Assert.False(await Catalog.RemoveHoldAsync(other, Cancellation));
    }

    [Fact]
    public async Task RemoveHoldAsync_Owner_LeavesSessionsThatAreHeldThemselves()
    {
        var key = await AddAsync(_owner, "a");
        await Catalog.SetHoldAsync(_owner, "case 7", Cancellation);
        await Catalog.SetHoldAsync(key, "case 8", Cancellation);

        await Catalog.RemoveHoldAsync(_owner, Cancellation);

        Assert.Equal("case 8", (await Assert.ThrowsAsync<SessionHeldException>(() => Factory.ForOwner(_owner).Create("a").DeleteSessionAsync(Cancellation))).Reason);
    }

    [Fact]
    public async Task RemoveHoldAsync_Session_LeavesThatOfItsOwner()
    {
        var key = await AddAsync(_owner, "a");
        await Catalog.SetHoldAsync(key, "case 8", Cancellation);
        await Catalog.SetHoldAsync(_owner, "case 7", Cancellation);

        Assert.True(await Catalog.RemoveHoldAsync(key, Cancellation));

        Assert.Equal("case 7", (await Assert.ThrowsAsync<SessionHeldException>(() => Factory.ForOwner(_owner).Create("a").DeleteSessionAsync(Cancellation))).Reason);
    }

    [Fact]
    public async Task SetHoldAsync_Twice_KeepsTheReason()
    {
        var key = await AddAsync(_owner, "a");
        await Catalog.SetHoldAsync(key, "case 7", Cancellation);
        await Catalog.SetHoldAsync(key, "case 8", Cancellation);

        Assert.Equal("case 7", (await Assert.ThrowsAsync<SessionHeldException>(() => Factory.ForOwner(_owner).Create("a").DeleteSessionAsync(Cancellation))).Reason);
    }

    [Fact]
    public async Task SetHoldAsync_Twice_IsTakenBackOnce()
    {
        await Catalog.SetHoldAsync(_owner, "case 7", Cancellation);
        await Catalog.SetHoldAsync(_owner, "case 8", Cancellation);

        Assert.Equal("case 7", (await Assert.ThrowsAsync<SessionHeldException>(() => Catalog.EraseAsync(_owner, Cancellation))).Reason);
        Assert.True(await Catalog.RemoveHoldAsync(_owner, Cancellation));
        Assert.Equal(0, (await Catalog.EraseAsync(_owner, Cancellation)).SessionCount);
    }

    [Fact]
    public async Task SetHoldAsync_NoSession_Throws()
    {
        await Assert.ThrowsAsync<SessionNotFoundException>(() => Catalog.SetHoldAsync(new SessionKey(_owner, "none"), "case 7", Cancellation));
        Assert.False(await Catalog.RemoveHoldAsync(new SessionKey(_owner, "none"), Cancellation));
    }

    [Fact]
    public async Task SetHoldAsync_BadArgument_Throws()
    {
        await Assert.ThrowsAsync<ArgumentNullException>(() => Catalog.SetHoldAsync(null!, "case 7", Cancellation));
        await Assert.ThrowsAsync<ArgumentException>(() => Catalog.SetHoldAsync(SessionOwner.None, "case 7", Cancellation));
        await Assert.ThrowsAsync<ArgumentException>(() => Catalog.SetHoldAsync(default(SessionKey), "case 7", Cancellation));
        await Assert.ThrowsAsync<ArgumentException>(() => Catalog.SetHoldAsync(_owner, " ", Cancellation));
        await Assert.ThrowsAsync<ArgumentNullException>(() => Catalog.SetHoldAsync(_owner, null!, Cancellation));
        await Assert.ThrowsAsync<ArgumentException>(() => Catalog.SetHoldAsync(new SessionKey(_owner, "a"), "\ud800", Cancellation));
        await Assert.ThrowsAsync<ArgumentException>(() => Catalog.RemoveHoldAsync(SessionOwner.None, Cancellation));
        await Assert.ThrowsAsync<ArgumentException>(() => Catalog.RemoveHoldAsync(default(SessionKey), Cancellation));
    }

    private async Task<SessionKey> AddAsync(SessionOwner owner, string sessionId)
    {
        await using var session = Factory.ForOwner(owner).Create(sessionId);
        var agent = CreateAgent();
        await session.InitializeAsync(agent, Cancellation);
        await session.AppendMessagesAsync([User(), Assistant()], agent, Cancellation);
        return new SessionKey(owner, sessionId);
    }
}
