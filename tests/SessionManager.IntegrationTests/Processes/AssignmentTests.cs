using System.Text;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using MongoDB.Bson;
using MongoDB.Driver;
using MongoDB.Driver.Core.Events;

namespace SessionManager.IntegrationTests.Processes;

/// <summary>
/// Assignments that are interrupted, after each of their commands and by the death of the process: whoever comes across one ends it, nothing is lost
/// and nothing is there twice.
/// </summary>
public sealed class AssignmentTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    private const int Count = 450;

    private readonly SessionOwner _before = new() { User = $"before-{Guid.NewGuid():N}" };
    private readonly SessionOwner _owner = new() { Tenant = "acme", User = $"user-{Guid.NewGuid():N}" };
    private readonly Random _random = new(TestContext.Current.TestMethod!.UniqueID.GetHashCode(StringComparison.Ordinal));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private SessionCatalog Catalog => database.Storage.Catalog!;

    [Theory]
    [InlineData("assign")]
    [InlineData("sweep")]
    [InlineData("delete")]
    [InlineData("erase")]
    [InlineData("assign to another")]
    public async Task AssignAsync_StoppedAfterEachCommand_IsEndedBy(string what)
    {
        var number = 0;
        while (true)
        {
            var source = new SessionKey(_before, $"session-{++number}");
            var target = new SessionKey(_owner, source.SessionId);
            await FillAsync(source);
            var texts = await ReadAsync(source);
            if (!await TryAssignAsync(source, stopAfter: number))
            {
                // All commands have been gone through.
                Assert.InRange(number, 8, 40);
                return;
            }

            var isBegun = await Catalog.ListSessionsAsync(new SessionQuery { Owner = _before }, Cancellation) is { Sessions: [] }
                || (await database.FindSessionAsync(source.ToString()))["schema_version"].IsBsonDocument;
            await EndAsync(what, source);

            // What was taken out of use goes where it was to go; before that, the other call finds it as it was.
            if (isBegun || what == "assign")
            {
                Assert.Equal(texts, await ReadAsync(target));
                // What the stopped call had still to delete goes with the next one, or when it is swept.
                await Catalog.AssignAsync(source, _owner, Cancellation);
                await AssertNothingIsLeftAsync(source);
            }
            else if (what == "sweep")
            {
                Assert.Equal(texts, await ReadAsync(source));
                await Catalog.EraseAsync(_before, Cancellation);
            }

            Assert.Equal(isBegun || what == "assign", await database.Factory.ForOwner(_owner).Create(source.SessionId).SessionExistsAsync(Cancellation));
            Assert.Equal(isBegun || what == "assign" ? Count + 1 : 0, await CountContentsAsync(target, source));
            await database.Factory.ForOwner(_owner).Create(source.SessionId).DeleteSessionAsync(Cancellation);
        }
    }

    [Fact]
    public async Task AssignAsync_StoppedAfterEachCommandAndDeletedByTheOwner_DoesNotComeBack()
    {
        for (var number = 1; ; number++)
        {
            var source = new SessionKey(_before, $"session-{number}");
            await FillAsync(source);
            if (!await TryAssignAsync(source, stopAfter: number))
            {
                return;
            }

            var session = database.Factory.ForOwner(_owner).Create(source.SessionId);
            var wasThere = await session.DeleteSessionAsync(Cancellation);
            await Catalog.AssignAsync(source, _owner, Cancellation);

            Assert.Equal(!wasThere, await session.SessionExistsAsync(Cancellation));
            await AssertNothingIsLeftAsync(source);
        }
    }

    [Fact]
    public async Task AssignAsync_OwnerBeginsSuchASessionMeanwhile_IsTakenBack()
    {
        for (var number = 1; ; number++)
        {
            var source = new SessionKey(_before, $"session-{number}");
            await FillAsync(source);
            var texts = await ReadAsync(source);
            if (!await TryAssignAsync(source, stopAfter: number))
            {
                return;
            }

            var session = database.Factory.ForOwner(_owner).Create(source.SessionId);
            var hasBegun = !await session.SessionExistsAsync(Cancellation);
            await session.InitializeAsync(new SessionAgent("support"), Cancellation);
            var exception = await Record.ExceptionAsync(() => Catalog.AssignAsync(source, _owner, Cancellation));

            if (hasBegun)
            {
                Assert.IsType<InvalidOperationException>(exception);
                Assert.Equal(texts, await ReadAsync(source));
                var agent = new SessionAgent("support");
                await using var before = database.Factory.ForOwner(_before).Create(source.SessionId);
                await before.InitializeAsync(agent, Cancellation);
                Assert.Equal(Count, await before.AppendMessageAsync(new ChatMessage(ChatRole.User, "and on"), agent, Cancellation));
                await before.SyncAgentAsync(agent, Cancellation);
            }
            else
            {
                Assert.Null(exception);
            }
        }
    }

    [Fact]
    public async Task Calls_SessionOnItsWay_FindNoneAndChangeNothing()
    {
        var source = new SessionKey(_before, "session");
        await FillAsync(source);
        await using var manager = database.Factory.ForOwner(_before).Create(source.SessionId);
        var known = new SessionAgent("support");
        await manager.InitializeAsync(known, Cancellation);
        var number = 1;
        while (!(await database.FindSessionAsync(source.ToString()))["schema_version"].IsBsonDocument)
        {
            await TryAssignAsync(source, number++);
        }

        var stored = await database.FindSessionAsync(source.ToString());
        known.State["turns"] = 1;
        Func<ISessionManager, Task>[] calls =
        [
            session => session.InitializeAsync(new SessionAgent("support"), Cancellation),
            session => session.InitializeAsync(new SessionAgent("another"), Cancellation),
            session => session.StartRunAsync(new SessionAgent("support"), cancellationToken: Cancellation),
            session => session.UpdateMetadataAsync(new Dictionary<string, object?> { ["a"] = 1 }, Cancellation),
            session => session.AddFeedbackAsync(new Feedback { Rating = FeedbackRating.Up }, Cancellation),
            session => session.RewindAsync("support", 1, cancellationToken: Cancellation),
            session => session.SetTitleAsync("A title", Cancellation),
            session => session.ForkAsync(DatabaseFixture.NewSessionId(), cancellationToken: Cancellation),
            _ => manager.SyncAgentAsync(known, Cancellation),
            _ => Catalog.ExportAsync(source, new MemoryStream(), Cancellation),
            _ => Catalog.SetHoldAsync(source, "case 7", Cancellation),
        ];
        foreach (var (index, call) in calls.Index())
        {
            await using var session = database.Factory.ForOwner(_before).Create(source.SessionId);
            var exception = await Record.ExceptionAsync(() => call(session));
            Assert.True(exception is SessionNotFoundException, $"{index}: {exception}");
            Assert.Equal((index, Count), (index, (await database.FindMessagesAsync(source.ToString())).Count));
        }

        Assert.Equal(stored, await database.FindSessionAsync(source.ToString()));
        Assert.Equal(Count, (await database.FindMessagesAsync(source.ToString())).Count);
        await Catalog.AssignAsync(source, _owner, Cancellation);
        Assert.Equal(Count, (await ReadAsync(new SessionKey(_owner, source.SessionId))).Count - 1);
    }

    [Fact]
    public async Task AssignAsync_ProcessKilledAtAnyPoint_TheNextOneEndsIt()
    {
        for (var round = Rounds.Get(5); round > 0; round--)
        {
            var source = new SessionKey(SessionOwner.None, DatabaseFixture.NewSessionId());
            await FillAsync(source);
            var texts = await ReadAsync(source);
            await using var child = await ChildProcess.StartAsync(database.ConnectionString, database.DatabaseName);
            await child.SendAsync($"assign {source.SessionId} {_owner.Tenant} {_owner.User}");
            await Task.Delay(_random.Next(300), Cancellation);
            await child.KillAsync();

            // Both at once, as when a sweep comes across it.
            await Task.WhenAll(Catalog.AssignAsync(source, _owner, Cancellation), Catalog.AssignAsync(source, _owner, Cancellation));

            Assert.Equal(texts, await ReadAsync(new SessionKey(_owner, source.SessionId)));
            await AssertNothingIsLeftAsync(source);
        }
    }

    [Fact]
    public async Task AssignAsync_SessionsExpire_LivesOnAsIfJustWritten()
    {
        await using var services = database.CreateServices(options => (options.CollectionName, options.SessionTtl) = ("expiring", TimeSpan.FromDays(30)));
        var factory = services.GetRequiredService<ISessionManagerFactory>();
        var agent = new SessionAgent("support");
        var sessionId = DatabaseFixture.NewSessionId();
        await using (var session = factory.ForOwner(_before).Create(sessionId))
        {
            await session.InitializeAsync(agent, Cancellation);
            await session.AppendMessageAsync(new ChatMessage(ChatRole.User, "Hello"), agent, Cancellation);
            await session.AddFeedbackAsync(new Feedback { Rating = FeedbackRating.Up }, Cancellation);
        }

        await services.GetRequiredService<SessionCatalog>().AssignAsync(new SessionKey(_before, sessionId), _owner, Cancellation);

        var target = new SessionKey(_owner, sessionId).ToString();
        var stored = await database.Database.GetCollection<BsonDocument>("expiring").Find(new BsonDocument("_id", target)).SingleAsync(Cancellation);
        Assert.True(stored["expires_at"].ToUniversalTime() > DateTime.UtcNow.AddDays(30));
        foreach (var name in (string[])["expiring_messages", "expiring_feedback"])
        {
            var content = await database.Database.GetCollection<BsonDocument>(name).Find(new BsonDocument("session_id", target)).SingleAsync(Cancellation);
            Assert.Equal(stored["messages_expire_at"], content["expires_at"]);
        }
    }

    [Fact]
    public async Task AssignAsync_DamagedByAnotherProgram_MovesAsItIs()
    {
        var source = new SessionKey(_before, "damaged");
        await FillAsync(source);
        await database.Sessions.UpdateOneAsync(
            new BsonDocument("_id", source.ToString()), new BsonDocument("$set", new BsonDocument { { "created_at", "yesterday" }, { "theirs", new BsonDocument("_id", 1) } }), cancellationToken: Cancellation);
        await database.Messages.UpdateOneAsync(
            new BsonDocument("_id", await FindKeyAsync(source, 3)), new BsonDocument("$set", new BsonDocument("message", "none")), cancellationToken: Cancellation);

        await Catalog.AssignAsync(source, _owner, Cancellation);

        var target = new SessionKey(_owner, source.SessionId);
        var stored = await database.FindSessionAsync(target.ToString());
        Assert.Equal(("yesterday", new BsonDocument("_id", 1)), (stored["created_at"], stored["theirs"]));
        Assert.Equal("none", (await database.Messages.Find(new BsonDocument("_id", await FindKeyAsync(target, 3))).SingleAsync(Cancellation))["message"]);
        await AssertNothingIsLeftAsync(source);
    }

    /// <summary>
    /// Assigns a session by a client that does nothing more after so many answers.
    /// </summary>
    /// <returns>False when it needed fewer.</returns>
    private async Task<bool> TryAssignAsync(SessionKey source, int stopAfter)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var isWatching = false;
        await using var services = database.CreateServices(options => options.ConfigureClient = settings => settings.ClusterConfigurator = builder =>
            builder.Subscribe<CommandSucceededEvent>(succeeded =>
            {
                if (Volatile.Read(ref isWatching) && succeeded.CommandName is not ("createIndexes" or "hello" or "isMaster" or "endSessions") && Interlocked.Decrement(ref stopAfter) == 0)
                {
                    stop.Cancel();
                }
            }));
        await services.GetRequiredService<SessionStorageProvider>().DefaultStorage.PingAsync(Cancellation);
        Volatile.Write(ref isWatching, true);
        try
        {
            await services.GetRequiredService<SessionCatalog>().AssignAsync(source, _owner, stop.Token);
            return stop.IsCancellationRequested;
        }
        catch (OperationCanceledException)
        {
            return true;
        }
    }

    private async Task EndAsync(string what, SessionKey source)
    {
        switch (what)
        {
            case "assign":
                await Catalog.AssignAsync(source, _owner, Cancellation);
                break;
            case "sweep":
                await Task.Delay(2, Cancellation);
                await database.Storage.SweepAsync(Cancellation);
                break;
            case "delete":
                await database.Factory.ForOwner(_before).Create(source.SessionId).DeleteSessionAsync(Cancellation);
                break;
            case "erase":
                await Catalog.EraseAsync(_before, Cancellation);
                break;
            default:
                var exception = await Record.ExceptionAsync(() => Catalog.AssignAsync(source, SessionOwner.None, Cancellation));
                Assert.True(exception is null or SessionNotFoundException, $"{exception}");
                if (exception is null)
                {
                    await database.Factory.ForOwner(SessionOwner.None).Create(source.SessionId).DeleteSessionAsync(Cancellation);
                }

                break;
        }
    }

    private async Task FillAsync(SessionKey key)
    {
        await using var session = database.Factory.ForOwner(key.Owner).Create(key.SessionId);
        var agent = new SessionAgent("support");
        await session.InitializeAsync(agent, Cancellation);
        await session.AppendMessagesAsync([.. Enumerable.Range(0, Count).Select(i => new ChatMessage(ChatRole.User, $"{i}"))], agent, Cancellation);
        await session.SyncAgentAsync(agent, Cancellation);
        await session.AddFeedbackAsync(new Feedback { Rating = FeedbackRating.Up, UserId = "u", AgentId = "support", Position = 1 }, Cancellation);
    }

    private async Task<IReadOnlyList<string>> ReadAsync(SessionKey key)
    {
        await using var session = database.Factory.ForOwner(key.Owner).Create(key.SessionId);
        var messages = await session.ListMessagesAsync("support", cancellationToken: Cancellation);
        var feedbacks = await session.GetFeedbacksAsync(Cancellation);
        return [.. messages.Select(message => $"{message.Position} {message.Message.Text} {message.CreatedAt:O}"), .. feedbacks.Select(feedback => $"{feedback.Id} {feedback.Position} {feedback.CreatedAt:O}")];
    }

    private async Task<string> FindKeyAsync(SessionKey key, int position) =>
        (await database.FindMessagesAsync(key.ToString()))[position]["_id"].AsString;

    private async Task AssertNothingIsLeftAsync(SessionKey source)
    {
        var sessionId = source.ToString();
        Assert.True((await database.FindSessionAsync(sessionId)).Contains("deleted"));
        Assert.Equal(0, await database.Messages.CountDocumentsAsync(new BsonDocument("session_id", sessionId), cancellationToken: Cancellation));
        Assert.Equal(0, await database.Database.GetCollection<BsonDocument>("sessions_feedback").CountDocumentsAsync(new BsonDocument("session_id", sessionId), cancellationToken: Cancellation));

        // Whose it was or is the other does not tell.
        var left = (await database.FindSessionAsync(sessionId)).ToBson();
        Assert.True(left.AsSpan().IndexOf(Encoding.UTF8.GetBytes(_owner.User!)) < 0);
        var arrived = await database.Sessions.Find(new BsonDocument("_id", new SessionKey(_owner, source.SessionId).ToString())).SingleAsync(Cancellation);
        Assert.True(arrived.ToBson().AsSpan().IndexOf(Encoding.UTF8.GetBytes(_before.User!)) < 0);
    }

    /// <summary>
    /// Counts the messages and the feedback under some keys.
    /// </summary>
    private async Task<long> CountContentsAsync(params SessionKey[] keys)
    {
        var filter = new BsonDocument("session_id", new BsonDocument("$in", new BsonArray(keys.Select(key => key.ToString()))));
        return await database.Messages.CountDocumentsAsync(filter, cancellationToken: Cancellation)
            + await database.Database.GetCollection<BsonDocument>("sessions_feedback").CountDocumentsAsync(filter, cancellationToken: Cancellation);
    }
}
