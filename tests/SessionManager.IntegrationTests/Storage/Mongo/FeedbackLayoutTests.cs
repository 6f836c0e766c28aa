using MongoDB.Bson;
using MongoDB.Driver;

namespace SessionManager.IntegrationTests.Storage.Mongo;

public sealed class FeedbackLayoutTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    private readonly string _sessionId = DatabaseFixture.NewSessionId();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private IMongoCollection<BsonDocument> Feedback => database.Database.GetCollection<BsonDocument>("sessions_feedback");

    [Fact]
    public async Task ListFeedbacksAsync_SessionWithFeedbackInside_ListsThatFirstAndLeavesItAsItIs()
    {
        var session = database.Factory.Create(_sessionId);
        await session.AddFeedbackAsync(new Feedback { Comment = "2" }, Cancellation);
        var embedded = new BsonArray { new BsonDocument("comment", "0"), 5, new BsonDocument("comment", "1") };
        await database.Database.GetCollection<BsonDocument>("sessions").UpdateOneAsync(
            new BsonDocument("_id", _sessionId), new BsonDocument("$set", new BsonDocument("feedbacks", embedded)), cancellationToken: Cancellation);
        await session.AddFeedbackAsync(new Feedback { Comment = "3" }, Cancellation);

        List<Feedback> listed = [];
        string? next = null;
        do
        {
            var page = await session.ListFeedbacksAsync(new FeedbackQuery { Limit = 1, After = next }, Cancellation);
            listed.AddRange(page.Feedbacks);
            next = page.Next;
        }
        while (next is not null);

        Assert.Equal(["0", "1", "2", "3"], listed.Select(feedback => feedback.Comment));
        Assert.Equal([true, true, false, false], listed.Select(feedback => feedback.Id is null));
        Assert.Equal(["0", "1", "2", "3"], (await session.GetFeedbacksAsync(Cancellation)).Select(feedback => feedback.Comment));
        Assert.Equal(embedded, (await database.FindSessionAsync(_sessionId))["feedbacks"]);
    }

    [Fact]
    public async Task DeleteSessionAsync_Again_RemovesWhatWasAddedLate()
    {
        var session = database.Factory.Create(_sessionId);
        await session.AddFeedbackAsync(new Feedback { Comment = "late" }, Cancellation);
        var mine = new BsonDocument("session_id", _sessionId);
        var late = await Feedback.Find(mine).SingleAsync(Cancellation);
        await session.DeleteSessionAsync(Cancellation);
        Assert.Equal(0, await Feedback.CountDocumentsAsync(mine, cancellationToken: Cancellation));

        // As a process leaves it whose insert comes after the deletion.
        await Feedback.InsertOneAsync(late, options: null, Cancellation);
        await session.CreateSessionAsync(Cancellation);

        Assert.Empty(await session.GetFeedbacksAsync(Cancellation));
        await session.DeleteSessionAsync(Cancellation);
        Assert.Equal(0, await Feedback.CountDocumentsAsync(mine, cancellationToken: Cancellation));
    }
}
