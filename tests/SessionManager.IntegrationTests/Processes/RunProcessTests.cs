using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace SessionManager.IntegrationTests.Processes;

/// <summary>
/// Two processes that ask in one session at once: stopped, continued and killed.
/// </summary>
public sealed class RunProcessTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    private const string Agent = "support";

    private readonly string _sessionId = DatabaseFixture.NewSessionId();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Wait_BookAndCancelAtOnce_TheSecondModelSeesTheFirstTurnWhole()
    {
        await using var one = await StartAsync();
        await using var other = await StartWarmAsync();
        Assert.Equal("in the model", await one.AskAsync($"book {_sessionId} {Agent} book wait 1500"));

        var second = other.AskAsync($"book {_sessionId} {Agent} cancel wait");

        Assert.Equal("answer:book", await one.ReadAsync());
        Assert.Equal("answer:book,answer,cancel", await second);
        Assert.Equal(["book", "answer:book", "cancel", "answer:book,answer,cancel"], await ListAsync());
    }

    [Fact]
    public async Task Fail_BookAndCancelAtOnce_TheSecondIsToldAndNothingOfItIsStored()
    {
        await using var one = await StartAsync();
        await using var other = await StartWarmAsync();
        Assert.Equal("in the model", await one.AskAsync($"book {_sessionId} {Agent} book wait 1500"));

        Assert.Equal(nameof(SessionBusyException), await other.AskAsync($"book {_sessionId} {Agent} cancel fail"));

        Assert.Equal("answer:book", await one.ReadAsync());
        Assert.Equal(["book", "answer:book"], await ListAsync());
    }

    [Fact]
    public async Task Wait_HolderStoppedPastItsTermAndContinued_NoModelSeesItAndItIsTold()
    {
        await using var one = await StartAsync();
        await using var other = await StartAsync();
        Assert.Equal("in the model", await one.AskAsync($"book {_sessionId} {Agent} book wait 2000"));
        await one.StopAsync();

        // The term of the processes is three seconds.
        Assert.Equal("answer:book,cancel", await other.AskAsync($"book {_sessionId} {Agent} cancel wait"));
        await one.ContinueAsync();

        Assert.Equal(nameof(SessionRunLostException), await one.ReadAsync());
        Assert.Equal(["book", "cancel", "answer:book,cancel"], await ListAsync());
        await using var session = database.Factory.Create(_sessionId);
        var branches = await session.ListBranchesAsync(Agent, cancellationToken: Cancellation);
        Assert.Equal([true, false], branches.Select(branch => branch.IsCurrent));
        Assert.Equal("book", (await ListAsync(branches[1].Branch.Number))[0]);
        Assert.Equal("answer:book,cancel,answer,again", await other.AskAsync($"book {_sessionId} {Agent} again wait"));
    }

    [Fact]
    public async Task Wait_HolderKilled_TheNextOneGoesOnWithWhatItHadStored()
    {
        await using var other = await StartAsync();
        await using (var one = await StartAsync())
        {
            Assert.Equal("in the model", await one.AskAsync($"book {_sessionId} {Agent} book wait 60000"));
            await one.KillAsync();
        }

        Assert.Equal("answer:book,again", await other.AskAsync($"book {_sessionId} {Agent} again wait"));
    }

    [Fact]
    public async Task TakeOver_HolderInTheModel_IsToldAndCancelled()
    {
        await using var one = await StartAsync();
        await using var other = await StartAsync();
        Assert.Equal("in the model", await one.AskAsync($"book {_sessionId} {Agent} book wait 60000"));

        Assert.Equal("answer:book,instead", await other.AskAsync($"book {_sessionId} {Agent} instead takeover"));

        // At its next sign of life, and not when the model would have answered.
        Assert.Equal(nameof(SessionRunLostException), await one.ReadAsync().WaitAsync(TimeSpan.FromSeconds(30), Cancellation));
        Assert.Equal(["book", "instead", "answer:book,instead"], await ListAsync());
    }

    [Fact]
    public async Task RequestStopAsync_HolderInTheModel_EndsAndTheNextOneGoesOn()
    {
        await using var one = await StartAsync();
        await using var other = await StartAsync();
        Assert.Equal("in the model", await one.AskAsync($"book {_sessionId} {Agent} book wait 60000"));

        Assert.Equal("True", await other.AskAsync($"stop {_sessionId} {Agent}"));

        Assert.Equal("stopped", await one.ReadAsync().WaitAsync(TimeSpan.FromSeconds(30), Cancellation));
        Assert.Equal("answer:book,again", await other.AskAsync($"book {_sessionId} {Agent} again fail"));
    }

    [Fact]
    public async Task Delete_InTheMiddleOfModelCallsAThirdOfThemKilled_NothingComesBackAndNothingIsLeft()
    {
        var grace = TimeSpan.FromMinutes(1);
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var services = database.CreateServices(options => options.DeletionGracePeriod = grace, timeProvider: clock);
        var factory = services.GetRequiredService<ISessionManagerFactory>();
        List<string> deleted = [];
        for (var i = 0; i < Rounds.Get(12); i++)
        {
            var sessionId = DatabaseFixture.NewSessionId();
            deleted.Add(sessionId);

            // The deletion comes before the answer, and that before a sign of life, by which the process would hear of it, too.
            var one = await StartAsync(termSeconds: 60);
            Assert.Equal("in the model", await one.AskAsync($"book {sessionId} {Agent} book wait 1500"));
            await using var session = factory.Create(sessionId);
            Assert.True(await session.DeleteSessionAsync(Cancellation));
            if (i % 3 == 0)
            {
                await one.KillAsync();
            }

            var agent = Agents.Support();
            await using (var run = await session.StartRunAsync(agent, cancellationToken: Cancellation))
            {
                Assert.Empty(agent.Messages);
                Assert.Equal(0, await session.AppendMessageAsync(Agents.User("new"), agent, Cancellation));
                if (i % 3 != 0)
                {
                    Assert.Equal(nameof(SessionNotFoundException), await one.ReadAsync());
                }

                await run.CompleteAsync(Cancellation);
            }

            await one.DisposeAsync();
            Assert.Equal("new", Assert.Single(await session.ListMessagesAsync(Agent, cancellationToken: Cancellation)).Message.Text);
        }

        clock.Advance(2 * grace);
        Assert.True(await services.GetRequiredService<SessionStorageProvider>().SweepAsync(Cancellation) >= deleted.Count);
        foreach (var sessionId in deleted)
        {
            Assert.Single(await database.FindMessagesAsync(sessionId));
            Assert.False((await database.FindSessionAsync(sessionId)).Contains("sweep_at"));
        }
    }

    private async Task<string[]> ListAsync(int? branch = null)
    {
        await using var session = database.Factory.Create(_sessionId);
        return [.. (await session.ListMessagesAsync(Agent, new MessageQuery { Branch = branch }, Cancellation)).Select(message => message.Message.Text)];
    }

    // What a process does for the first time takes long: it must not come too late for the run that it is to meet.
    private async Task<ChildProcess> StartWarmAsync()
    {
        var process = await StartAsync();
        Assert.Equal("answer:warm", await process.AskAsync($"book {DatabaseFixture.NewSessionId()} {Agent} warm fail"));
        return process;
    }

    private Task<ChildProcess> StartAsync(int termSeconds = ChildProcess.ShortTerm) =>
        ChildProcess.StartAsync(database.ConnectionString, database.DatabaseName, termSeconds);
}
