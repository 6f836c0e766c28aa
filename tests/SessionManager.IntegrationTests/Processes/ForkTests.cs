using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using MongoDB.Bson;
using MongoDB.Driver;

namespace SessionManager.IntegrationTests.Processes;

/// <summary>
/// Copies of sessions that are interrupted: the copy is there whole or not at all, and what was left of it goes.
/// </summary>
public sealed class ForkTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>, IAsyncLifetime
{
    private const string Agent = "support";
    private const int Count = 1_500;

    private static readonly TimeSpan Grace = TimeSpan.FromDays(2);

    private readonly string _sourceId = DatabaseFixture.NewSessionId();
    private readonly FakeTimeProvider _clock = new(DateTimeOffset.UtcNow);
    private readonly Random _random = new(TestContext.Current.TestMethod!.UniqueID.GetHashCode(StringComparison.Ordinal));
    private ServiceProvider _services = null!;
    private ISessionManager _source = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private ISessionManagerFactory Factory => _services.GetRequiredService<ISessionManagerFactory>();

    public async ValueTask InitializeAsync()
    {
        _services = database.CreateServices(options => options.DeletionGracePeriod = Grace, timeProvider: _clock);
        _source = Factory.Create(_sourceId);
        var agent = Agents.Support();
        await _source.InitializeAsync(agent, Cancellation);
        await _source.AppendMessagesAsync([.. Enumerable.Range(0, Count).Select(i => new ChatMessage(ChatRole.User, $"{i} {new string('x', 500)}"))], agent, Cancellation);
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    [Fact]
    public async Task ForkAsync_ProcessKilledAtAnyPoint_TheNextOneCopiesItWholeAndTheRestIsSwept()
    {
        List<string> targets = [];
        for (var round = Rounds.Get(4); round > 0; round--)
        {
            var targetId = DatabaseFixture.NewSessionId();
            targets.Add(targetId);
            await using var child = await ChildProcess.StartAsync(database.ConnectionString, database.DatabaseName);
            Assert.Equal("True", await child.AskAsync($"fork {_sourceId} {Agent} {DatabaseFixture.NewSessionId()}"));

            await child.SendAsync($"fork {_sourceId} {Agent} {targetId}");
            await Task.Delay(_random.Next(250), Cancellation);
            await child.KillAsync();

            var wasThere = await Factory.Create(targetId).SessionExistsAsync(Cancellation);
            Assert.Equal(!wasThere, await _source.ForkAsync(targetId, cancellationToken: Cancellation));
            await AssertIsWholeAsync(targetId);
        }

        await SweepAsync();
        foreach (var targetId in targets)
        {
            await AssertIsWholeAsync(targetId);
            Assert.Equal(Count, (await database.FindMessagesAsync(targetId)).Count);
        }
    }

    [Fact]
    public async Task ForkAsync_TargetDeletedMeanwhile_IsThereWholeOrNotAtAll()
    {
        for (var round = 0; round < 6; round++)
        {
            var targetId = DatabaseFixture.NewSessionId();
            var fork = _source.ForkAsync(targetId, cancellationToken: Cancellation);
            for (var i = 0; i < 3; i++)
            {
                await Task.Delay(_random.Next(40), Cancellation);
                await Factory.Create(targetId).DeleteSessionAsync(Cancellation);
            }

            Assert.True(await fork);
            await AssertIsWholeOrGoneAsync(targetId);
        }
    }

    [Fact]
    public async Task ForkAsync_ReservationSweptMeanwhile_IsThereWhole()
    {
        // A sweep that is slow: what it has found is not there any more when it deletes.
        var application = $"sweeper-{Guid.NewGuid():N}";
        await using var services = database.CreateServices(
            options =>
            {
                options.DeletionGracePeriod = Grace;
                options.ConfigureClient += client => client.ApplicationName = application;
            },
            timeProvider: _clock);
        var data = new BsonDocument { { "failCommands", new BsonArray { "delete" } }, { "appName", application }, { "blockConnection", true }, { "blockTimeMS", 600 } };
        await using var slowly = await FailPoint.SetAsync(database.Database.Client, "failCommand", data);
        for (var round = 0; round < 4; round++)
        {
            var targetId = DatabaseFixture.NewSessionId();
            var fork = _source.ForkAsync(targetId, cancellationToken: Cancellation);
            await Task.Delay(_random.Next(60), Cancellation);
            _clock.Advance(2 * Grace);
            await services.GetRequiredService<SessionStorageProvider>().SweepAsync(Cancellation);

            Assert.True(await fork);
            await AssertIsWholeAsync(targetId);
        }
    }

    [Fact]
    public async Task ForkAsync_SourceDeletedMeanwhile_ThrowsOrCopiesItWhole()
    {
        var targetId = DatabaseFixture.NewSessionId();
        var fork = _source.ForkAsync(targetId, cancellationToken: Cancellation);
        await Task.Delay(_random.Next(60), Cancellation);
        await _source.DeleteSessionAsync(Cancellation);

        if (await Record.ExceptionAsync(() => fork) is { } exception)
        {
            Assert.IsType<SessionNotFoundException>(exception);
            Assert.False(await Factory.Create(targetId).SessionExistsAsync(Cancellation));
        }

        await AssertIsWholeOrGoneAsync(targetId);
    }

    [Fact]
    public async Task ForkAsync_SessionsExpire_TheCopyDoesToo()
    {
        await using var services = database.CreateServices(
            options => (options.CollectionName, options.SessionTtl) = ("expiring", TimeSpan.FromDays(30)), timeProvider: _clock);
        var (source, agent, targetId) = (services.GetRequiredService<ISessionManagerFactory>().Create(_sourceId), Agents.Support(), DatabaseFixture.NewSessionId());
        await source.InitializeAsync(agent, Cancellation);
        await source.AppendMessageAsync(Agents.User(), agent, Cancellation);

        await source.ForkAsync(targetId, cancellationToken: Cancellation);

        var session = await FindAsync("expiring", new BsonDocument("_id", targetId));
        Assert.Equal(session["messages_expire_at"], (await FindAsync("expiring_messages", new BsonDocument("session_id", targetId)))["expires_at"]);
        Assert.True(session["expires_at"].ToUniversalTime() > _clock.GetUtcNow().UtcDateTime.AddDays(30));
    }

    private Task<int> SweepAsync()
    {
        _clock.Advance(2 * Grace);
        return _services.GetRequiredService<SessionStorageProvider>().SweepAsync(Cancellation);
    }

    private async Task AssertIsWholeAsync(string sessionId)
    {
        var messages = await Factory.Create(sessionId).ListMessagesAsync(Agent, cancellationToken: Cancellation);
        Assert.Equal(Enumerable.Range(0, Count), messages.Select(message => message.Position));
        Assert.All(messages, message => Assert.StartsWith($"{message.Position} ", message.Message.Text, StringComparison.Ordinal));
    }

    private async Task AssertIsWholeOrGoneAsync(string sessionId)
    {
        var isThere = await Factory.Create(sessionId).SessionExistsAsync(Cancellation);
        if (isThere)
        {
            await AssertIsWholeAsync(sessionId);
        }

        await SweepAsync();
        Assert.Equal(isThere ? Count : 0, (await database.FindMessagesAsync(sessionId)).Count);
    }

    private async Task<BsonDocument> FindAsync(string collection, BsonDocument filter) =>
        await database.Database.GetCollection<BsonDocument>(collection).Find(filter).SingleAsync(Cancellation);
}
