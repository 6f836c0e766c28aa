using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using MongoDB.Bson;
using MongoDB.Driver;
using SessionManager.TestServer;

namespace SessionManager.IntegrationTests.Storage.Mongo;

/// <summary>
/// Connections that are cut, answers that are lost, and what a server says while it stops: feedback that was acknowledged is stored once, and a
/// removal tells whether it has removed anything.
/// </summary>
public sealed class FeedbackFaultTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    private const int MaxAttempts = 5;
    private const int WriteConflict = 112;
    private const int DuplicateKey = 11000;
    private const int WriteConcernTimeout = 64;
    private const int Stopping = 91;
    private const int Users = 16;
    private const int Rounds = 40;
    private const int Cuts = 20;

    private static readonly TimeSpan Hang = TimeSpan.FromMinutes(3);

    private readonly string _sessionId = DatabaseFixture.NewSessionId();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private IMongoCollection<BsonDocument> Feedback => database.Database.GetCollection<BsonDocument>("sessions_feedback");

    [Theory]
    [InlineData(null, 1)]
    [InlineData(null, 2)]
    [InlineData("u", 1)]
    [InlineData("u", 2)]
    public async Task AddFeedbackAsync_AnswerLost_StoresItOnceAndReturnsWhatIsStored(string? userId, int times)
    {
        await using var sessions = await ProxiedSessions.StartAsync(database);
        var session = sessions.Factory.Create(_sessionId);
        await session.AddFeedbackAsync(new Feedback { UserId = "other", Comment = "before" }, Cancellation);

        sessions.Proxy.CutBeforeAnswerTo("its answer is lost", times);
        var added = await session.AddFeedbackAsync(new Feedback { UserId = userId, Comment = "its answer is lost" }, Cancellation);

        var stored = await session.GetFeedbacksAsync(Cancellation);
        Assert.Equal(["before", "its answer is lost"], stored.Select(feedback => feedback.Comment));
        Assert.Equivalent(added, stored[1], strict: true);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task AddFeedbackAsync_AnswerToTheSecondOfAUserLost_TakesThePlaceOfTheFirstOnce(int times)
    {
        await using var sessions = await ProxiedSessions.StartAsync(database);
        var session = sessions.Factory.Create(_sessionId);
        var first = await session.AddFeedbackAsync(new Feedback { UserId = "u", Rating = FeedbackRating.Up, Comment = "first" }, Cancellation);

        sessions.Proxy.CutBeforeAnswerTo("second", times);
        var second = await session.AddFeedbackAsync(new Feedback { UserId = "u", Rating = FeedbackRating.Down, Comment = "second" }, Cancellation);

        var stored = Assert.Single(await session.GetFeedbacksAsync(Cancellation));
        Assert.Equivalent(second, stored, strict: true);
        Assert.Equal((first!.Id, first.CreatedAt, FeedbackRating.Down, "second"), (stored.Id, stored.CreatedAt, stored.Rating, stored.Comment));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("u")]
    [Trait("Server", "Gateway")]
    public async Task AddFeedbackAsync_AnswerOfTheSessionLost_StoresNothingUntilItIsCalledAgain(string? userId)
    {
        await using var services = CreateServicesWithoutRetry();
        var session = services.GetRequiredService<ISessionManagerFactory>().Create(_sessionId);
        await session.CreateSessionAsync(Cancellation);
        await using var lost = await SetAsync(FailPointNames.LoseReply, Of(database.Sessions, "findAndModify"), times: 1);

        await Assert.ThrowsAsync<MongoConnectionException>(() => session.AddFeedbackAsync(new Feedback { UserId = userId, Comment = "c" }, Cancellation));
        Assert.Equal(1, await lost.TurnOffAsync());
        Assert.Empty(await FindAsync());

        await session.AddFeedbackAsync(new Feedback { UserId = userId, Comment = "c" }, Cancellation);
        AssertWhole(Assert.Single(await FindAsync()), "c");
    }

    [Theory]
    [InlineData(Stopping)]
    [InlineData(WriteConflict)]
    [InlineData(DuplicateKey)]
    [Trait("Server", "Gateway")]
    public async Task AddFeedbackAsync_ErrorThatPasses_IsSentAgain(int code)
    {
        await using var services = CreateServicesWithoutRetry();
        var session = services.GetRequiredService<ISessionManagerFactory>().Create(_sessionId);
        await using var fault = await SetAsync(FailPointNames.FailCommand, Of(Feedback, "findAndModify").Add("errorCode", code), times: MaxAttempts - 1);

        await session.AddFeedbackAsync(new Feedback { Comment = "c" }, Cancellation);

        Assert.Equal(MaxAttempts - 1, await fault.TurnOffAsync());
        AssertWhole(Assert.Single(await FindAsync()), "c");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("u")]
    [Trait("Server", "Gateway")]
    public async Task AddFeedbackAsync_StoredByAServerThatStops_IsStoredOnce(string? userId)
    {
        // It is stored, but the next server may not have it: as an append, it is sent again.
        await using var services = CreateServicesWithoutRetry();
        var session = services.GetRequiredService<ISessionManagerFactory>().Create(_sessionId);
        var concern = new BsonDocument("writeConcernError", new BsonDocument { { "code", Stopping }, { "errmsg", "stopping" } });
        await using var fault = await SetAsync(FailPointNames.FailCommand, Of(Feedback, "findAndModify").AddRange(concern), times: 2);

        await session.AddFeedbackAsync(new Feedback { UserId = userId, Comment = "c" }, Cancellation);

        Assert.Equal(2, await fault.TurnOffAsync());
        AssertWhole(Assert.Single(await FindAsync()), "c");
    }

    [Fact]
    [Trait("Server", "Gateway")]
    public async Task AddFeedbackAsync_WriteConcernNotMet_ThrowsThat()
    {
        var session = database.Factory.Create(_sessionId);
        var concern = new BsonDocument("writeConcernError", new BsonDocument { { "code", WriteConcernTimeout }, { "errmsg", "not as safe as asked for" } });
        await using var fault = await SetAsync(FailPointNames.FailCommand, Of(Feedback, "findAndModify").AddRange(concern));

        await Assert.ThrowsAsync<MongoWriteConcernException>(() => session.AddFeedbackAsync(new Feedback { Comment = "c" }, Cancellation));

        Assert.Equal(1, await fault.TurnOffAsync());
        AssertWhole(Assert.Single(await FindAsync()), "c");
    }

    [Fact]
    [Trait("Server", "Gateway")]
    public async Task AddFeedbackAsync_ServerThatStaysSo_ThrowsItsErrorInTheEnd()
    {
        await using var services = CreateServicesWithoutRetry();
        var session = services.GetRequiredService<ISessionManagerFactory>().Create(_sessionId);
        await using var fault = await SetAsync(FailPointNames.FailCommand, Of(Feedback, "findAndModify").Add("errorCode", Stopping));

        var error = await Assert.ThrowsAnyAsync<MongoCommandException>(() => session.AddFeedbackAsync(new Feedback { Comment = "c" }, Cancellation));

        Assert.Equal(Stopping, error.Code);
        Assert.Equal(MaxAttempts, await fault.TurnOffAsync());
        Assert.Empty(await FindAsync());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("u")]
    [Trait("Server", "Gateway")]
    public async Task DeleteFeedbackAsync_AnswerLost_HasRemovedItAndTheNextCallFindsNone(string? userId)
    {
        await using var services = CreateServicesWithoutRetry();
        var session = services.GetRequiredService<ISessionManagerFactory>().Create(_sessionId);
        var removed = await session.AddFeedbackAsync(new Feedback { UserId = userId, Comment = "removed" }, Cancellation);
        await session.AddFeedbackAsync(new Feedback { Comment = "kept" }, Cancellation);
        await using var lost = await SetAsync(FailPointNames.LoseReply, Of(Feedback, "delete"), times: 1);

        await Assert.ThrowsAsync<MongoConnectionException>(() => session.DeleteFeedbackAsync(removed!.Id!, Cancellation));
        Assert.Equal(1, await lost.TurnOffAsync());

        Assert.False(await session.DeleteFeedbackAsync(removed!.Id!, Cancellation));
        AssertWhole(Assert.Single(await FindAsync()), "kept");
    }

    [Fact]
    [Trait("Server", "Gateway")]
    public async Task DeleteFeedbackAsync_CutBeforeItIsCarriedOut_LeavesItUntilTheNextCallRemovesIt()
    {
        await using var services = CreateServicesWithoutRetry();
        var session = services.GetRequiredService<ISessionManagerFactory>().Create(_sessionId);
        var added = await session.AddFeedbackAsync(new Feedback { Comment = "c" }, Cancellation);
        await using var fault = await SetAsync(FailPointNames.FailCommand, Of(Feedback, "delete").Add("closeConnection", true), times: 1);

        await Assert.ThrowsAsync<MongoConnectionException>(() => session.DeleteFeedbackAsync(added!.Id!, Cancellation));
        AssertWhole(Assert.Single(await FindAsync()), "c");

        Assert.True(await session.DeleteFeedbackAsync(added!.Id!, Cancellation));
        Assert.Empty(await FindAsync());
    }

    [Fact]
    public async Task AddAndDeleteFeedbackAsync_AllConnectionsCutAgainAndAgain_StoresEachAcknowledgedOnceAndRemovesWhatItSays()
    {
        await using var sessions = await ProxiedSessions.StartAsync(database);
        await sessions.Factory.Create(_sessionId).CreateSessionAsync(Cancellation);
        var (kept, removed) = (new ConcurrentBag<string>(), new ConcurrentBag<string>());
        var (done, cuts) = (0, 0);

        await Task.WhenAll(Enumerable.Range(0, Users).Select(UseAsync)).WaitAsync(Hang, Cancellation);

        Assert.Equal(Cuts, cuts);
        var stored = await FindAsync();
        Assert.All(stored, feedback => AssertWhole(feedback, feedback["feedback"]["comment"].AsString));

        // What was not acknowledged may be there, too, but once, as all else.
        var comments = stored.Where(feedback => !feedback.Contains("user")).Select(feedback => feedback["feedback"]["comment"].AsString).ToList();
        Assert.Equal(comments.Count, comments.Distinct().Count());
        Assert.Empty(kept.Except(comments));
        Assert.Empty(removed.Intersect(comments));
        Assert.Equal(
            Enumerable.Range(0, Users).Select(user => ($"u{user}", $"u{user}-{Rounds - 1}")).Order(),
            stored.Where(feedback => feedback.Contains("user")).Select(feedback => (feedback["user"].AsString, feedback["feedback"]["comment"].AsString)).Order());

        async Task UseAsync(int user)
        {
            var session = sessions.Factory.Create(_sessionId);
            for (var round = 0; round < Rounds; round++)
            {
                // Nobody can know whether what has thrown is stored: it is called again by another name. That of a user is one, however often.
                var attempt = 0;
                var added = await UntilAcknowledgedAsync(() => session.AddFeedbackAsync(new Feedback { Comment = $"{user}-{round}-{attempt++}" }, Cancellation));
                await UntilAcknowledgedAsync(() => session.AddFeedbackAsync(new Feedback { UserId = $"u{user}", Comment = $"u{user}-{round}" }, Cancellation));
                if (round % 2 == 0)
                {
                    kept.Add(added.Value!.Comment!);
                }
                else
                {
                    var deleted = await UntilAcknowledgedAsync(() => session.DeleteFeedbackAsync(added.Value!.Id!, Cancellation));
                    removed.Add(added.Value!.Comment!);
                    Assert.True(deleted.Value || deleted.HasThrown);
                    Assert.False((await UntilAcknowledgedAsync(() => session.DeleteFeedbackAsync(added.Value!.Id!, Cancellation))).Value);
                }

                if (Interlocked.Increment(ref done) % (Users * Rounds / Cuts) == 0)
                {
                    Interlocked.Increment(ref cuts);
                    sessions.Proxy.CutAll();
                }
            }
        }
    }

    private static async Task<(T Value, bool HasThrown)> UntilAcknowledgedAsync<T>(Func<Task<T>> call)
    {
        for (var hasThrown = false; ; hasThrown = true)
        {
            try
            {
                return (await call(), hasThrown);
            }
            catch (Exception exception) when (exception is MongoConnectionException or MongoConnectionPoolPausedException)
            {
                // The line was cut, and what has become of the call is not known.
            }
        }
    }

    private static BsonDocument Of(IMongoCollection<BsonDocument> collection, string command) => new()
    {
        { "failCommands", new BsonArray { command } },
        { "namespace", collection.CollectionNamespace.FullName },
    };

    private static void AssertWhole(BsonDocument feedback, string comment)
    {
        Assert.Equal(comment, feedback["feedback"]["comment"].AsString);
        Assert.Empty(((string[])["_id", "session_id", "first", "created_at", "updated_at", "feedback"]).Except(feedback.Names));
    }

    // The driver's own second attempt comes before the library's where there is one, so there is none.
    private ServiceProvider CreateServicesWithoutRetry() => database.CreateServices(options => options.RetryWrites = false);

    private Task<FailPoint> SetAsync(string name, BsonDocument data, int? times = null) => FailPoint.SetAsync(database.Database.Client, name, data, times);

    private Task<List<BsonDocument>> FindAsync() => Feedback.Find(new BsonDocument("session_id", _sessionId)).ToListAsync(Cancellation);
}
