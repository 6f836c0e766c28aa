namespace SessionManager.Conformance;

/// <summary>
/// Deleting sessions, and keeping those that are in use.
/// </summary>
public abstract class LifetimeTests(ConformanceFixture fixture) : ConformanceTests(fixture)
{
    [Fact]
    public async Task DeleteSessionAsync_SessionWithEverything_LeavesNothing()
    {
        var (session, agent) = await StartAsync();
        await session.AppendMessageAsync(User(), agent, Cancellation);
        await session.RedactLatestMessageAsync(User("x"), agent, cancellationToken: Cancellation);
        await session.UpdateMetadataAsync(Map(("a", 1)), Cancellation);
        await session.AddFeedbackAsync(new Feedback(), Cancellation);

        Assert.True(await session.DeleteSessionAsync(Cancellation));

        Assert.False(await session.SessionExistsAsync(Cancellation));
        Assert.Null(await session.GetMetadataAsync(cancellationToken: Cancellation));
        Assert.Empty(await session.ListMessagesAsync("support", cancellationToken: Cancellation));
        Assert.Empty(await session.ListGuardrailEventsAsync(Cancellation));
        Assert.Empty(await session.GetFeedbacksAsync(Cancellation));
        Assert.False(await session.DeleteSessionAsync(Cancellation));
    }

    [Fact]
    public async Task DeleteSessionAsync_OtherSessions_Stay()
    {
        var (session, _) = await StartAsync();
        var other = Factory.Create(NewSessionId());
        var agent = CreateAgent();
        await other.InitializeAsync(agent, Cancellation);
        await other.AppendMessageAsync(User(), agent, Cancellation);

        await session.DeleteSessionAsync(Cancellation);

        Assert.Equal(1, await other.GetMessageCountAsync("support", Cancellation));
    }

    [Fact]
    public async Task DeleteSessionAsync_SameManager_CanStartTheSessionAnew()
    {
        var (session, agent) = await StartAsync();
        await session.AppendMessageAsync(User("old"), agent, Cancellation);
        await session.DeleteSessionAsync(Cancellation);
        await Assert.ThrowsAsync<SessionNotFoundException>(() => session.AppendMessageAsync(User(), agent, Cancellation));

        var fresh = CreateAgent();
        Assert.True((await session.InitializeAsync(fresh, Cancellation)).IsNewAgent);
        Assert.Equal(0, await session.AppendMessageAsync(User("new"), fresh, Cancellation));
        Assert.Empty(fresh.Messages);
    }

    [Fact]
    public async Task SessionTtl_SessionInUse_IsCompleteFarBeyondOneLifetime()
    {
        var lifetime = TimeSpan.FromHours(1);
        await using var host = await CreateHostAsync(options => options with { SessionTtl = lifetime });
        var session = host.Factory.Create(SessionId);
        var agent = CreateAgent();
        await session.InitializeAsync(agent, Cancellation);

        for (var i = 0; i < 6; i++)
        {
            await session.AppendMessageAsync(User($"{i}"), agent, Cancellation);
            await session.SyncAgentAsync(agent, Cancellation);
            Clock.Advance(lifetime / 2);
        }

        var resumed = CreateAgent();
        await host.Factory.Create(SessionId).InitializeAsync(resumed, Cancellation);
        Assert.Equal(["0", "1", "2", "3", "4", "5"], resumed.Messages.Select(message => message.Text));
    }
}
