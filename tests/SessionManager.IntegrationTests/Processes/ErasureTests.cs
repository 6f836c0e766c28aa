using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using MongoDB.Bson;
using MongoDB.Driver;

namespace SessionManager.IntegrationTests.Processes;

/// <summary>
/// Erasures whose process is killed at any point and that are begun again, with turns in other processes and without: nothing is left of the
/// owner, in whatever collection, and the receipt adds up.
/// </summary>
/// <remarks>
/// <c>SESSION_TEST_SESSIONS</c> says how many sessions there are, of a hundred messages each; 30 by default.
/// </remarks>
public sealed class ErasureTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>, IAsyncLifetime
{
    private const string Agent = "support";
    private const string Tenant = "canary-tenant";
    private const int MessageCount = 100;

    private readonly string _user = $"canary-user-{Guid.NewGuid():N}";
    private readonly string _secret = $"canary-text-{Guid.NewGuid():N}";
    private readonly FakeTimeProvider _clock = new(DateTimeOffset.UtcNow);
    private readonly Random _random = new(TestContext.Current.TestMethod!.UniqueID.GetHashCode(StringComparison.Ordinal));
    private ServiceProvider _services = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static int SessionCount { get; } =
        Environment.GetEnvironmentVariable("SESSION_TEST_SESSIONS") is { Length: > 0 } count ? int.Parse(count, CultureInfo.InvariantCulture) : 30;

    private SessionOwner Owner => new() { Tenant = Tenant, User = _user };

    private SessionCatalog Catalog => _services.GetRequiredService<SessionCatalog>();

    public async ValueTask InitializeAsync()
    {
        _services = database.CreateServices(timeProvider: _clock);
        var factory = _services.GetRequiredService<ISessionManagerFactory>().ForOwner(Owner);
        await Parallel.ForAsync(0, SessionCount, Cancellation, async (i, cancellation) =>
        {
            await using var session = factory.Create(ToSessionId(i));
            var agent = new SessionAgent(Agent);
            await session.InitializeAsync(agent, cancellation);
            await session.AppendMessagesAsync(
                [.. Enumerable.Range(0, MessageCount).Select(position => new ChatMessage(ChatRole.User, $"{position} {_secret}"))], agent, cancellation);
            await session.UpdateMetadataAsync(new Dictionary<string, object?> { ["about"] = _secret }, cancellation);
            await session.AddFeedbackAsync(new Feedback { UserId = _user, Comment = _secret }, cancellation);
        });
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    [Fact]
    public async Task EraseAsync_ProcessKilledAtAnyPoint_TheNextOneComesToTheEndAndTheReceiptIsExact()
    {
        await KillAsync();

        var receipt = await Catalog.EraseAsync(Owner, Cancellation);

        Assert.Equal((SessionCount, (long)SessionCount * MessageCount, SessionCount), (receipt.SessionCount, receipt.MessageCount, receipt.FeedbackCount));
        Assert.Empty(await FindAsync(_secret));
        await AssertNothingIsLeftAsync(receipt);
    }

    [Fact]
    public async Task EraseAsync_ProcessKilledAtAnyPointWhileTurnsRun_NothingComesBack()
    {
        using var asking = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var outcomes = new ConcurrentBag<string>();
        Task[] turns = [AskAsync(outcomes, asking.Token), AskAsync(outcomes, asking.Token)];
        await KillAsync();
        var meanwhile = await Catalog.EraseAsync(Owner, Cancellation);
        await asking.CancelAsync();
        await Task.WhenAll(turns);

        // What the last turns have begun, one of them in a process that was killed in the middle.
        var receipt = await Catalog.EraseAsync(Owner, Cancellation);

        Assert.Equal(meanwhile.Id, receipt.Id);
        Assert.Contains("answered", outcomes);
        Assert.Empty(outcomes.Except(["answered", "killed", nameof(SessionRunLostException), nameof(SessionNotFoundException)]));
        Assert.InRange(receipt.SessionCount, SessionCount, SessionCount + outcomes.Count);
        Assert.Equal(SessionCount, receipt.FeedbackCount);
        Assert.InRange(receipt.MessageCount, SessionCount * MessageCount, (SessionCount * MessageCount) + (2 * outcomes.Count));
        Assert.Empty(await FindAsync(_secret));
        await AssertNothingIsLeftAsync(receipt);
    }

    [Fact]
    public async Task SweepAsync_ProcessKilledAndNeverBegunAgain_ComesToTheEnd()
    {
        await KillAsync();
        var sweeps = _services.GetRequiredService<SessionStorageProvider>();

        await sweeps.SweepAsync(Cancellation);

        Assert.Empty(await FindAsync(_secret));
        var receipt = await Catalog.EraseAsync(Owner, Cancellation);
        Assert.Equal((SessionCount, (long)SessionCount * MessageCount, SessionCount), (receipt.SessionCount, receipt.MessageCount, receipt.FeedbackCount));
        await AssertNothingIsLeftAsync(receipt);
    }

    private FilterDefinition<BsonDocument> IsOwner => new BsonDocument("_id", $"~{Tenant}~{_user}~");

    private static string ToSessionId(int number) => $"canary-session-{number}";

    /// <summary>
    /// Begins the erasure in other processes, and kills each at a random point.
    /// </summary>
    private async Task KillAsync()
    {
        for (var round = Rounds.Get(4); round > 0; round--)
        {
            await using var child = await ChildProcess.StartAsync(database.ConnectionString, database.DatabaseName);
            await child.SendAsync($"erase {Tenant} {_user}");
            while (await database.Database.GetCollection<BsonDocument>("sessions_owners").CountDocumentsAsync(IsOwner, cancellationToken: Cancellation) == 0)
            {
                // It has not begun.
                await Task.Delay(5, Cancellation);
            }

            await Task.Delay(_random.Next(400), Cancellation);
            await child.KillAsync();
        }
    }

    /// <summary>
    /// Asks in the owner's sessions from another process, one turn after another, and kills it in the middle of the last one.
    /// </summary>
    private async Task AskAsync(ConcurrentBag<string> outcomes, CancellationToken asking)
    {
        await using var child = await ChildProcess.StartAsync(database.ConnectionString, database.DatabaseName);
        while (!asking.IsCancellationRequested)
        {
            outcomes.Add(await child.AskAsync(ToTurn()));
        }

        outcomes.Add("killed");
        await child.KillInTheMiddleOfAsync(ToTurn());
    }

    private string ToTurn() => $"say {ToSessionId(Random.Shared.Next(SessionCount))} {Agent} {_secret} {Tenant} {_user}";

    private async Task AssertNothingIsLeftAsync(ErasureReceipt receipt)
    {
        _clock.Advance(receipt.FinalAt!.Value - _clock.GetUtcNow() + TimeSpan.FromMinutes(1));
        await _services.GetRequiredService<SessionStorageProvider>().SweepAsync(Cancellation);

        Assert.Empty(await FindAsync("canary-"));
        Assert.Equal(receipt with { IsFinal = true }, await Catalog.GetErasureAsync(receipt.Id, Cancellation));
        var kept = await database.Database.GetCollection<BsonDocument>("sessions_owners").Find(new BsonDocument()).ToListAsync(Cancellation);
        Assert.Contains(receipt.Id, kept.Select(static document => document["_id"].AsString));
        Assert.All(kept, static document => Assert.True(Guid.TryParseExact(document["_id"].AsString, "N", out _)));
    }

    /// <summary>
    /// Looks for a text in the bytes of every document of every collection.
    /// </summary>
    private async Task<IReadOnlyList<string>> FindAsync(string text)
    {
        List<string> found = [];
        var bytes = Encoding.UTF8.GetBytes(text);
        var names = await (await database.Database.ListCollectionNamesAsync(cancellationToken: Cancellation)).ToListAsync(Cancellation);
        foreach (var name in names)
        {
            using var cursor = await database.Database.GetCollection<RawBsonDocument>(name).Find(new BsonDocument()).ToCursorAsync(Cancellation);
            while (await cursor.MoveNextAsync(Cancellation))
            {
                found.AddRange(cursor.Current.Where(document => document.ToBson().AsSpan().IndexOf(bytes) >= 0).Select(document => $"{name}: {document["_id"]}"));
            }
        }

        return found;
    }
}
