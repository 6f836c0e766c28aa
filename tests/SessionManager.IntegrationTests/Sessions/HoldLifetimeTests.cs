using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using MongoDB.Bson;
using MongoDB.Driver;

namespace SessionManager.IntegrationTests.Sessions;

/// <summary>
/// What is held has no end that the server could see, whoever writes to it, and gets one again when the hold is taken back.
/// </summary>
public sealed class HoldLifetimeTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>, IAsyncLifetime
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(30);

    private readonly SessionOwner _owner = new() { User = $"user-{Guid.NewGuid():N}" };
    private readonly FakeTimeProvider _clock = new(DateTimeOffset.UtcNow);
    private readonly CommandRecorder _commands = new();
    private ServiceProvider _services = null!;
    private ServiceProvider _others = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private SessionCatalog Catalog => _services.GetRequiredService<SessionCatalog>();

    private SessionKey Key => new(_owner, "a");

    public ValueTask InitializeAsync()
    {
        _services = Create();
        _others = Create();
        return ValueTask.CompletedTask;

        ServiceProvider Create() => database.CreateServices(options => options.SessionTtl = Lifetime, _commands, _clock);
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await _others.DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task SetHoldAsync_Session_HasNoEndWhoeverWrites(bool ofOwner)
    {
        await AppendAsync(_services);
        await AppendAsync(_others);
        await AssertEndsAsync(true);

        await (ofOwner ? Catalog.SetHoldAsync(_owner, "case 7", Cancellation) : Catalog.SetHoldAsync(Key, "case 7", Cancellation));

        await AssertEndsAsync(false);
        for (var span = 0; span < 6; span++)
        {
            // The first write of a span extends the life, in each process.
            _clock.Advance(Lifetime / 4);
            foreach (var services in (ServiceProvider[])[_services, _others])
            {
                await using var session = Open(services);
                await session.UpdateMetadataAsync(new Dictionary<string, object?> { ["k"] = span }, Cancellation);
                await AppendAsync(services);
            }

            Assert.False((await FindAsync()).Contains("expires_at"));
        }

        await SweepAsync();
        await AssertEndsAsync(false);
    }

    [Fact]
    public async Task SetHoldAsync_Owner_SessionsThatComeLater_HaveNoEndAfterTheSweep()
    {
        await Catalog.SetHoldAsync(_owner, "case 7", Cancellation);
        await AppendAsync(_others);

        await SweepAsync();

        await AssertEndsAsync(false);
        Assert.Equal("case 7", (await FindAsync())["hold"]["reason"]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RemoveHoldAsync_HasAnEndAgain(bool ofOwner)
    {
        await AppendAsync(_services);
        await (ofOwner ? Catalog.SetHoldAsync(_owner, "case 7", Cancellation) : Catalog.SetHoldAsync(Key, "case 7", Cancellation));
        _clock.Advance(10 * Lifetime);

        await (ofOwner ? Catalog.RemoveHoldAsync(_owner, Cancellation) : Catalog.RemoveHoldAsync(Key, Cancellation));

        await AssertEndsAsync(true);
        var session = await FindAsync();
        Assert.True(session["expires_at"].ToUniversalTime() >= _clock.GetUtcNow().UtcDateTime + Lifetime);
        Assert.All(await FindMessagesAsync(), message => Assert.Equal(session["messages_expire_at"], message["expires_at"]));
        await SweepAsync();
        await AssertEndsAsync(true);
        var kept = await database.Database.GetCollection<BsonDocument>("sessions_owners").Find(new BsonDocument()).ToListAsync(Cancellation);
        Assert.DoesNotContain(kept, document => document["_id"].AsString.Contains(_owner.User!, StringComparison.Ordinal));
    }

    [Fact]
    public async Task HeldSession_WithinASpan_TakesNoCommandMore()
    {
        await AppendAsync(_services);
        await Catalog.SetHoldAsync(Key, "case 7", Cancellation);
        await using var session = Open(_services);
        _clock.Advance(Lifetime / 2);
        await session.UpdateMetadataAsync(new Dictionary<string, object?> { ["k"] = 0 }, Cancellation);
        _commands.Clear();

        await session.UpdateMetadataAsync(new Dictionary<string, object?> { ["k"] = 1 }, Cancellation);

        Assert.Equal(["update"], _commands.Names);
    }

    private ISessionManager Open(IServiceProvider services) => services.GetRequiredService<ISessionManagerFactory>().ForOwner(_owner).Create("a");

    private async Task AppendAsync(IServiceProvider services)
    {
        await using var session = Open(services);
        var agent = Agents.Support();
        await session.InitializeAsync(agent, Cancellation);
        await session.AppendMessageAsync(Agents.User(), agent, Cancellation);
    }

    private Task<int> SweepAsync() => _services.GetRequiredService<SessionStorageProvider>().SweepAsync(Cancellation);

    private Task<BsonDocument> FindAsync() => database.FindSessionAsync(Key.ToString());

    private Task<List<BsonDocument>> FindMessagesAsync() => database.FindMessagesAsync(Key.ToString());

    private async Task AssertEndsAsync(bool expires)
    {
        Assert.Equal(expires, (await FindAsync()).Contains("expires_at"));
        var messages = await FindMessagesAsync();
        Assert.NotEmpty(messages);
        Assert.All(messages, message => Assert.Equal(expires, message.Contains("expires_at")));
    }
}
