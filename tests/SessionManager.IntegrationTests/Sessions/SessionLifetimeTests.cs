using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using MongoDB.Bson;
using MongoDB.Driver;

namespace SessionManager.IntegrationTests.Sessions;

public sealed class SessionLifetimeTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>, IAsyncLifetime
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(30);

    private readonly string _sessionId = DatabaseFixture.NewSessionId();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2030, 1, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly CommandRecorder _commands = new();
    private ServiceProvider _services = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private IMongoCollection<BsonDocument> Sessions => database.Database.GetCollection<BsonDocument>("expiring");

    private IMongoCollection<BsonDocument> Messages => database.Database.GetCollection<BsonDocument>("expiring_messages");

    private IMongoCollection<BsonDocument> Feedback => database.Database.GetCollection<BsonDocument>("expiring_feedback");

    public ValueTask InitializeAsync()
    {
        _services = database.CreateServices(
            options =>
            {
                options.CollectionName = "expiring";
                options.SessionTtl = Lifetime;
            },
            _commands,
            _time);
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    [Fact]
    public async Task Indexes_WithALifetime_ExpireAllCollections()
    {
        await _services.GetRequiredService<SessionStorageProvider>().DefaultStorage.PrepareAsync(Cancellation);

        foreach (var collection in (IMongoCollection<BsonDocument>[])[Sessions, Messages, Feedback])
        {
            using var cursor = await collection.Indexes.ListAsync(Cancellation);
            var index = Assert.Single(await cursor.ToListAsync(Cancellation), index => index["name"] == "expires_at_1");
            Assert.Equal(0, index["expireAfterSeconds"].ToInt32());
        }
    }

    [Fact]
    public async Task AppendMessageAsync_AnotherOneKeepsTheSessionAtAnyMoment_IsStored()
    {
        // At each of its looks at the clock: whether a session is kept is asked more than once on the way.
        for (var look = 1; look <= 8; look++)
        {
            var clock = new InterruptedClock(_time);
            await using var services = database.CreateServices(
                options => (options.CollectionName, options.SessionTtl) = ("interrupted", Lifetime), timeProvider: clock);
            var factory = services.GetRequiredService<ISessionManagerFactory>();
            var sessionId = DatabaseFixture.NewSessionId();
            var session = factory.Create(sessionId);
            var other = factory.Create(sessionId);
            var (agent, otherAgent) = (Agents.Support(), Agents.Support("other"));
            await session.InitializeAsync(agent, Cancellation);
            await other.InitializeAsync(otherAgent, Cancellation);
            _time.Advance(TimeSpan.FromDays(20));

            clock.InterruptAt(look, () => other.AppendMessageAsync(Agents.User(), otherAgent, Cancellation).GetAwaiter().GetResult());
            await session.AppendMessageAsync(Agents.User(), agent, Cancellation);

            Assert.Equal(1, await session.GetMessageCountAsync("support", Cancellation));
        }
    }

    [Fact]
    public async Task Writes_OverTime_KeepTheSessionForALifetimeAndItsMessagesLonger()
    {
        var (session, agent) = await StartAsync();

        for (var day = 0; day < 120; day += 5)
        {
            _time.Advance(TimeSpan.FromDays(5));
            await session.AppendMessageAsync(Agents.User(), agent, Cancellation);
            await session.SyncAgentAsync(agent, Cancellation);

            var expiry = await GetSessionExpiryAsync();
            var messages = await GetMessageExpiriesAsync();
            Assert.InRange(expiry, Now + Lifetime, Now + (1.25 * Lifetime));
            Assert.All(messages, messageExpiry => Assert.True(messageExpiry >= expiry + Lifetime, $"{messageExpiry:O} {expiry:O}"));
            Assert.Single(messages.Distinct());
        }
    }

    [Fact]
    public async Task CreateSessionAsync_WithMetadata_KeepsTheSessionForALifetime()
    {
        var session = _services.GetRequiredService<ISessionManagerFactory>().Create(_sessionId);

        await session.CreateSessionAsync(new Dictionary<string, object?> { ["a"] = 1 }, Cancellation);
        await session.UpdateMetadataAsync(new Dictionary<string, object?> { ["b"] = 2 }, Cancellation);

        Assert.Equal(["delete", "delete", "insert", "update"], _commands.Names);
        Assert.InRange(await GetSessionExpiryAsync(), Now + Lifetime, Now + (1.25 * Lifetime));
    }

    [Fact]
    public async Task IncrementMetadataAsync_NothingElseForLong_KeepsSessionAndMessages()
    {
        var (session, _) = await StartAsync();

        for (var day = 5; day <= 120; day += 5)
        {
            _time.Advance(TimeSpan.FromDays(5));
            Assert.Equal(day / 5, await session.IncrementMetadataAsync("visits", cancellationToken: Cancellation));

            Assert.InRange(await GetSessionExpiryAsync(), Now + Lifetime, Now + (1.25 * Lifetime));
            Assert.All(await GetMessageExpiriesAsync(), expiry => Assert.True(expiry >= Now + (2 * Lifetime), $"{expiry:O}"));
        }
    }

    [Fact]
    public async Task IncrementMetadataAsync_FirstWriteOfASpan_ExtendsTheLifeBefore()
    {
        var (session, _) = await StartAsync();
        _time.Advance(TimeSpan.FromDays(20));
        _commands.Clear();

        await session.IncrementMetadataAsync("visits", cancellationToken: Cancellation);
        await session.IncrementMetadataAsync("visits", cancellationToken: Cancellation);

        // What can fail without being repeated comes before what must not be carried out twice.
        Assert.Equal(["findAndModify", "update", "update", "update", "findAndModify", "findAndModify"], _commands.Names);
        Assert.Equal([false, true, true], _commands.Commands.Where(command => command.Contains("findAndModify")).Select(command => command["update"].AsBsonDocument.Contains("$inc")));
    }

    [Fact]
    public async Task Writes_WithinASpan_DoNotTouchTheMessages()
    {
        var (session, agent) = await StartAsync();
        _commands.Clear();

        for (var i = 0; i < 5; i++)
        {
            await session.AppendMessageAsync(Agents.User(), agent, Cancellation);
            await session.SyncAgentAsync(agent, Cancellation);
        }

        Assert.Equal(
            Enumerable.Repeat<string[]>(["insert", "update"], 5).SelectMany(names => names),
            _commands.Names);
    }

    [Fact]
    public async Task AppendMessageAsync_NothingElseForLong_KeepsTheSession()
    {
        var (session, agent) = await StartAsync();
        var count = (await database.Database.GetCollection<BsonDocument>("expiring_messages").CountDocumentsAsync(new BsonDocument("session_id", _sessionId), cancellationToken: Cancellation));

        for (var day = 0; day < 120; day += 5)
        {
            _time.Advance(TimeSpan.FromDays(5));
            await session.AppendMessageAsync(Agents.User(), agent, Cancellation);

            Assert.InRange(await GetSessionExpiryAsync(), Now + Lifetime, Now + (1.25 * Lifetime));
            Assert.All(await GetMessageExpiriesAsync(), expiry => Assert.True(expiry >= Now + (2 * Lifetime), $"{expiry:O}"));
            count++;
        }

        Assert.Equal(count, (await GetMessageExpiriesAsync()).Length);
    }

    [Fact]
    public async Task AppendMessageAsync_SessionHasExpired_ThrowsAndStoresNothing()
    {
        var (session, agent) = await StartAsync();
        _time.Advance(2 * Lifetime);
        await Sessions.DeleteOneAsync(new BsonDocument("_id", _sessionId), Cancellation);
        var before = (await GetMessageExpiriesAsync()).Length;

        await Assert.ThrowsAsync<SessionNotFoundException>(() => session.AppendMessageAsync(Agents.User(), agent, Cancellation));

        Assert.Equal(before, (await GetMessageExpiriesAsync()).Length);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AppendMessageAsync_AnotherSessionOfTheIdHasBegun_ThrowsAndStoresNothing(bool inAnotherProcess)
    {
        var (session, agent) = await StartAsync();
        _time.Advance(2 * Lifetime);
        await Sessions.DeleteOneAsync(new BsonDocument("_id", _sessionId), Cancellation);
        await using var other = database.CreateServices(options => (options.CollectionName, options.SessionTtl) = ("expiring", Lifetime), timeProvider: _time);
        await (inAnotherProcess ? other : _services).GetRequiredService<ISessionManagerFactory>().Create(_sessionId)
            .UpdateMetadataAsync(new Dictionary<string, object?> { ["a"] = 1 }, Cancellation);

        // Twice: what this process has learned of the new session says nothing for the old one.
        for (var i = 0; i < 2; i++)
        {
            await Assert.ThrowsAsync<SessionNotFoundException>(() => session.AppendMessageAsync(Agents.User(), agent, Cancellation));
            await session.UpdateMetadataAsync(new Dictionary<string, object?> { ["a"] = 2 }, Cancellation);
        }

        Assert.Empty(await GetMessageExpiriesAsync());
    }

    [Fact]
    public async Task InitializeAsync_KnownAgent_ExtendsTheLifeOnceASpan()
    {
        await StartAsync();
        var before = await GetSessionExpiryAsync();
        _time.Advance(TimeSpan.FromDays(1));
        await StartAsync();
        _time.Advance(TimeSpan.FromDays(20));
        _commands.Clear();

        await StartAsync();
        await StartAsync();

        Assert.Equal(["find", "find", "findAndModify", "update", "update", "update", "find", "find"], _commands.Names);
        Assert.True(await GetSessionExpiryAsync() > before);
    }

    [Fact]
    public async Task Write_AfterAProcessEndedBeforeItHadTouchedTheMessages_TouchesThem()
    {
        var (session, agent) = await StartAsync();
        var touched = await GetMessageExpiriesAsync();
        _time.Advance(TimeSpan.FromDays(20));

        // What that process leaves: the session extended, its messages not.
        await Sessions.UpdateOneAsync(
            new BsonDocument("_id", _sessionId),
            new BsonDocument("$set", new BsonDocument("expires_at", Now + Lifetime)),
            cancellationToken: Cancellation);
        agent.State["a"] = 1;
        await session.SyncAgentAsync(agent, Cancellation);

        Assert.All(await GetMessageExpiriesAsync(), expiry => Assert.True(expiry > touched[0]));
    }

    [Fact]
    public async Task InitializeAsync_AfterTheSessionExpired_StartsWithoutTheOldMessages()
    {
        await StartAsync();
        _time.Advance(2 * Lifetime);
        await Sessions.DeleteOneAsync(new BsonDocument("_id", _sessionId), Cancellation);

        var session = _services.GetRequiredService<ISessionManagerFactory>().Create(_sessionId);
        var agent = Agents.Support();
        agent.Messages.Add(Agents.Assistant("new"));
        var result = await session.InitializeAsync(agent, Cancellation);

        Assert.True(result.IsNewAgent);
        Assert.Equal(["new"], (await session.ListMessagesAsync("support", cancellationToken: Cancellation)).Select(message => message.Message.Text));
    }

    [Fact]
    public async Task DeleteSessionAsync_Always_DeletesSessionAndMessages()
    {
        var (session, agent) = await StartAsync();
        var neighbour = _services.GetRequiredService<ISessionManagerFactory>().Create(_sessionId + "-neighbour");
        await neighbour.InitializeAsync(Agents.Support(), Cancellation);
        await neighbour.AppendMessageAsync(Agents.User(), agent, Cancellation);

        Assert.True(await session.SessionExistsAsync(Cancellation));
        Assert.True(await session.DeleteSessionAsync(Cancellation));

        Assert.False(await session.SessionExistsAsync(Cancellation));
        Assert.False(await session.DeleteSessionAsync(Cancellation));
        Assert.Empty(await GetMessageExpiriesAsync());
        Assert.Equal(1, await neighbour.GetMessageCountAsync("support", Cancellation));
        await Assert.ThrowsAsync<SessionNotFoundException>(() => session.AppendMessageAsync(Agents.User(), agent, Cancellation));
    }

    private DateTime Now => _time.GetUtcNow().UtcDateTime;

    private async Task<(ISessionManager Session, SessionAgent Agent)> StartAsync()
    {
        var session = _services.GetRequiredService<ISessionManagerFactory>().Create(_sessionId);
        var agent = Agents.Support();
        await session.InitializeAsync(agent, Cancellation);
        if (agent.Messages.Count == 0)
        {
            await session.AppendMessageAsync(Agents.User("old"), agent, Cancellation);
        }

        return (session, agent);
    }

    private async Task<DateTime> GetSessionExpiryAsync() =>
        (await Sessions.Find(new BsonDocument("_id", _sessionId)).SingleAsync(Cancellation))["expires_at"].ToUniversalTime();

    private async Task<DateTime[]> GetMessageExpiriesAsync()
    {
        var messages = await Messages.Find(new BsonDocument("session_id", _sessionId)).ToListAsync(Cancellation);
        return [.. messages.Select(message => message["expires_at"].ToUniversalTime())];
    }

    private sealed class InterruptedClock(TimeProvider clock) : TimeProvider
    {
        private int _looks;
        private Action? _interrupt;

        public override long TimestampFrequency => clock.TimestampFrequency;

        public void InterruptAt(int look, Action interrupt) => (_looks, _interrupt) = (look, interrupt);

        public override DateTimeOffset GetUtcNow()
        {
            if (_interrupt is not null && --_looks == 0)
            {
                var interrupt = _interrupt;
                _interrupt = null;
                interrupt();
            }

            return clock.GetUtcNow();
        }

        public override long GetTimestamp() => clock.GetTimestamp();
    }
}
