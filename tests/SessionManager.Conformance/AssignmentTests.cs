using System.Text;

namespace SessionManager.Conformance;

/// <summary>
/// Sessions that are given to another owner: all of one is there under the new key, and nothing of it under the old one.
/// </summary>
/// <remarks>Leave the class out where the catalog of a storage does not assign.</remarks>
public abstract class AssignmentTests(ConformanceFixture fixture) : ConformanceTests(fixture)
{
    private readonly SessionOwner _owner = new() { Tenant = "acme", User = $"user-{Guid.NewGuid():N}" };

    private SessionCatalog Catalog => Storage.Catalog!;

    private SessionKey Key => new(SessionOwner.None, SessionId);

    private SessionKey Target => new(_owner, SessionId);

    [Fact]
    public async Task AssignAsync_SessionOfNobody_IsTheOwnersWithAllThatIsStored()
    {
        await FillAsync(SessionId);
        var file = await ExportAsync(Storage, SessionId);
        Wait();

        await Catalog.AssignAsync(Key, _owner, Cancellation);

        Assert.Equal(ToAssigned(file), await ExportAsync(Storage, Target.ToString()));
        await Assert.ThrowsAsync<SessionNotFoundException>(() => ExportAsync(Storage, SessionId));
        var listed = Assert.Single((await Catalog.ListSessionsAsync(new SessionQuery { Owner = _owner }, Cancellation)).Sessions);
        Assert.Equal((SessionId, _owner), (listed.SessionId, listed.Owner));
    }

    [Fact]
    public async Task AssignAsync_ToAnotherAndToNobody_IsTheSameSession()
    {
        await FillAsync(SessionId);
        var before = await DescribeAsync(Open());
        var other = new SessionOwner { User = $"other-{Guid.NewGuid():N}" };

        await Catalog.AssignAsync(Key, _owner, Cancellation);
        await Catalog.AssignAsync(Target, other, Cancellation);
        Assert.Equal(before, await DescribeAsync(Factory.ForOwner(other).Create(SessionId)));
        await Catalog.AssignAsync(new SessionKey(other, SessionId), SessionOwner.None, Cancellation);

        Assert.Equal(before, await DescribeAsync(Open()));
        Assert.False(await Factory.ForOwner(_owner).Create(SessionId).SessionExistsAsync(Cancellation));
        Assert.False(await Factory.ForOwner(other).Create(SessionId).SessionExistsAsync(Cancellation));
    }

    [Fact]
    public async Task AssignAsync_Session_GoesOnForTheOwnerAndBeginsAnewForNobody()
    {
        await FillAsync(SessionId);
        var count = await Open().GetMessageCountAsync("support", Cancellation);
        await Catalog.AssignAsync(Key, _owner, Cancellation);

        var (session, agent) = (Factory.ForOwner(_owner).Create(SessionId), CreateAgent());
        await session.InitializeAsync(agent, Cancellation);
        Assert.Equal(count, await session.AppendMessageAsync(User("and on"), agent, Cancellation));
        agent.State["turns"] = 9;
        await session.SyncAgentAsync(agent, Cancellation);
        await session.AddFeedbackAsync(new Feedback { Rating = FeedbackRating.Down }, Cancellation);
        Assert.Equal(3, (await session.GetFeedbacksAsync(Cancellation)).Count);

        var (next, nextAgent) = await StartAsync();
        Assert.Empty(nextAgent.Messages);
        Assert.Equal(0, await next.AppendMessageAsync(User("anew"), nextAgent, Cancellation));
        Assert.Empty(await next.GetFeedbacksAsync(Cancellation));
        Assert.Equal(count + 1, await session.GetMessageCountAsync("support", Cancellation));
    }

    [Fact]
    public async Task AssignAsync_OwnerHasSuchASession_ChangesNothing()
    {
        await FillAsync(SessionId);
        await FillAsync(SessionId, Factory.ForOwner(_owner));
        var files = (await ExportAsync(Storage, SessionId), await ExportAsync(Storage, Target.ToString()));

        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => Catalog.AssignAsync(Key, _owner, Cancellation));

        Assert.Contains(SessionId, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(_owner.User!, exception.Message, StringComparison.Ordinal);
        Assert.Equal(files, (await ExportAsync(Storage, SessionId), await ExportAsync(Storage, Target.ToString())));
    }

    [Fact]
    public async Task AssignAsync_OwnerHadSuchASession_IsFoundWhole()
    {
        await FillAsync(SessionId, Factory.ForOwner(_owner));
        var branch = await Storage.FindBranchAsync(Target.ToString(), "support", null, Cancellation);
        await Factory.ForOwner(_owner).Create(SessionId).DeleteSessionAsync(Cancellation);
        await FillAsync(SessionId);
        var before = await DescribeAsync(Open());

        await Catalog.AssignAsync(Key, _owner, Cancellation);
        // By a writer that has not heard of the deletion.
        await Storage.AppendMessagesAsync(Target.ToString(), branch!, [User("late")], null, null, onlyThere: false, Cancellation);

        Assert.Equal(before, await DescribeAsync(Factory.ForOwner(_owner).Create(SessionId)));
    }

    [Fact]
    public async Task AssignAsync_Again_IsDone()
    {
        await FillAsync(SessionId);
        await Catalog.AssignAsync(Key, _owner, Cancellation);
        var file = await ExportAsync(Storage, Target.ToString());

        await Catalog.AssignAsync(Key, _owner, Cancellation);
        await Catalog.AssignAsync(Target, _owner, Cancellation);

        Assert.Equal(file, await ExportAsync(Storage, Target.ToString()));
        await Assert.ThrowsAsync<SessionNotFoundException>(() => Catalog.AssignAsync(Key, new SessionOwner { User = "another" }, Cancellation));
    }

    [Fact]
    public async Task AssignAsync_AgainAfterItsDeletion_DoesNotBringItBack()
    {
        await FillAsync(SessionId);
        await Catalog.AssignAsync(Key, _owner, Cancellation);
        await Factory.ForOwner(_owner).Create(SessionId).DeleteSessionAsync(Cancellation);

        await Catalog.AssignAsync(Key, _owner, Cancellation);

        Assert.False(await Factory.ForOwner(_owner).Create(SessionId).SessionExistsAsync(Cancellation));
        await Assert.ThrowsAsync<SessionNotFoundException>(() => Catalog.AssignAsync(Target, SessionOwner.None, Cancellation));
    }

    [Fact]
    public async Task AssignAsync_AnotherSessionWasDeletedSince_Throws()
    {
        await FillAsync(SessionId);
        await Catalog.AssignAsync(Key, _owner, Cancellation);
        await Open().CreateSessionAsync(Cancellation);
        await Open().DeleteSessionAsync(Cancellation);

        await Assert.ThrowsAsync<SessionNotFoundException>(() => Catalog.AssignAsync(Key, _owner, Cancellation));
    }

    [Fact]
    public async Task AssignAsync_NoSession_Throws()
    {
        await Assert.ThrowsAsync<SessionNotFoundException>(() => Catalog.AssignAsync(Key, _owner, Cancellation));
        await Assert.ThrowsAsync<SessionNotFoundException>(() => Catalog.AssignAsync(Key, SessionOwner.None, Cancellation));
        await FillAsync(SessionId);
        await Open().DeleteSessionAsync(Cancellation);
        await Assert.ThrowsAsync<SessionNotFoundException>(() => Catalog.AssignAsync(Key, _owner, Cancellation));
        Assert.False(await Factory.ForOwner(_owner).Create(SessionId).SessionExistsAsync(Cancellation));
    }

    [Fact]
    public async Task AssignAsync_Held_ChangesNothing()
    {
        await FillAsync(SessionId);
        var file = await ExportAsync(Storage, SessionId);
        await Catalog.SetHoldAsync(Key, "case 7", Cancellation);

        var exception = await Assert.ThrowsAsync<SessionHeldException>(() => Catalog.AssignAsync(Key, _owner, Cancellation));

        Assert.Equal((SessionId, "case 7"), (exception.SessionId, exception.Reason));
        Assert.Equal(file, await ExportAsync(Storage, SessionId));
        await Catalog.RemoveHoldAsync(Key, Cancellation);
        await Catalog.AssignAsync(Key, _owner, Cancellation);
        await Catalog.SetHoldAsync(_owner, "case 8", Cancellation);
        await Assert.ThrowsAsync<SessionHeldException>(() => Catalog.AssignAsync(Target, SessionOwner.None, Cancellation));
    }

    [Fact]
    public async Task AssignAsync_RunGoesOn_LosesItsSession()
    {
        var session = Open();
        var agent = CreateAgent();
        var run = await session.StartRunAsync(agent, cancellationToken: Cancellation);
        await session.AppendMessageAsync(User(), agent, Cancellation);

        await Catalog.AssignAsync(Key, _owner, Cancellation);

        agent.State["turns"] = 1;
        var exception = await Record.ExceptionAsync(() => session.SyncAgentAsync(agent, Cancellation));
        Assert.True(exception is SessionRunLostException or SessionNotFoundException, exception?.ToString());
        await Record.ExceptionAsync(async () => await run.DisposeAsync());
        await using var next = await Factory.ForOwner(_owner).Create(SessionId).StartRunAsync(CreateAgent(), whenBusy: WhenBusy.Fail, cancellationToken: Cancellation);
        Assert.Equal(1, await Factory.ForOwner(_owner).Create(SessionId).GetMessageCountAsync("support", Cancellation));
    }

    [Fact]
    public async Task AssignAsync_Erasures_AreOfTheOwnerThatItHas()
    {
        var before = new SessionOwner { User = $"before-{Guid.NewGuid():N}" };
        await FillAsync(SessionId, Factory.ForOwner(before));
        await Catalog.AssignAsync(new SessionKey(before, SessionId), _owner, Cancellation);

        Assert.Equal(0, (await Catalog.EraseAsync(before, Cancellation)).SessionCount);
        Assert.True(await Factory.ForOwner(_owner).Create(SessionId).SessionExistsAsync(Cancellation));
        var receipt = await Catalog.EraseAsync(_owner, Cancellation);

        Assert.Equal((1, 9L, 2L), (receipt.SessionCount, receipt.MessageCount, receipt.FeedbackCount));
        Assert.False(await Factory.ForOwner(_owner).Create(SessionId).SessionExistsAsync(Cancellation));
    }

    [Fact]
    public async Task AssignAsync_ManyAtOnce_OneOwnerHasIt()
    {
        await FillAsync(SessionId);
        var before = await DescribeAsync(Open());
        SessionOwner[] owners = [.. Enumerable.Range(0, 4).Select(i => new SessionOwner { User = $"{_owner.User}-{i % 2}" })];

        var results = await Task.WhenAll(owners.Select(owner => Record.ExceptionAsync(() => Catalog.AssignAsync(Key, owner, Cancellation)).AsTask()));

        var winner = Array.IndexOf(results, null);
        Assert.InRange(winner, 0, 3);
        for (var i = 0; i < owners.Length; i++)
        {
            // A later one of the same owner finds it done, and one of the other nothing.
            Assert.True(i % 2 == winner % 2 ? results[i] is null : results[i] is SessionNotFoundException, results[i]?.ToString());
        }

        Assert.Equal(before, await DescribeAsync(Factory.ForOwner(owners[winner]).Create(SessionId)));
        Assert.False(await Factory.ForOwner(owners[1 - (winner % 2)]).Create(SessionId).SessionExistsAsync(Cancellation));
        Assert.False(await Open().SessionExistsAsync(Cancellation));
    }

    [Fact]
    public async Task AssignAsync_NoKeyOrOwner_SaysSo()
    {
        Assert.Equal("session", (await Assert.ThrowsAsync<ArgumentException>(() => Catalog.AssignAsync(default, _owner, Cancellation))).ParamName);
        Assert.Equal("owner", (await Assert.ThrowsAsync<ArgumentNullException>(() => Catalog.AssignAsync(Key, null!, Cancellation))).ParamName);

        // An id that only one with an owner can have.
        var key = new SessionKey(_owner, "~a~b~c");
        await Factory.ForOwner(_owner).Create(key.SessionId).CreateSessionAsync(Cancellation);
        await Assert.ThrowsAsync<ArgumentException>(() => Catalog.AssignAsync(key, SessionOwner.None, Cancellation));
        Assert.True(await Factory.ForOwner(_owner).Create(key.SessionId).SessionExistsAsync(Cancellation));
    }

    /// <summary>
    /// Gets the file that a session of nobody has when the owner has it.
    /// </summary>
    private string ToAssigned(string file)
    {
        var key = Target.ToString();
        var session = $"{{\"session\":{{\"_id\":\"{SessionId}\",\"session_id\":\"{SessionId}\",";
        Assert.Contains(session, file, StringComparison.Ordinal);
        return new StringBuilder(file)
            .Replace(session, $"{{\"session\":{{\"_id\":\"{key}\",\"session_name\":\"{SessionId}\",\"owner\":{{\"tenant\":\"acme\",\"user\":\"{_owner.User}\"}},")
            .Replace($"\"session_id\":\"{SessionId}\"", $"\"session_id\":\"{key}\"")
            .Replace("session_name", "session_id")
            .Replace($"\"_id\":\"{SessionId}/", $"\"_id\":\"{key}/")
            .Replace($"{{\"end\":{{\"_id\":\"{SessionId}\"", $"{{\"end\":{{\"_id\":\"{key}\"")
            .ToString();
    }
}
