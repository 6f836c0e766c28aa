using MongoDB.Bson;
using MongoDB.Driver;

namespace SessionManager.Benchmarks;

internal sealed partial class RawSession
{
    private static readonly BsonDocument First = new("first", 1);
    private static readonly BsonDocument InOrder = new() { { "created_at", 1 }, { "_id", 1 } };

    private readonly IMongoCollection<BsonDocument> _feedback = database.GetCollection<BsonDocument>("sessions_feedback");

    /// <summary>
    /// Adds feedback of nobody: the session tells where it stands, and is marked as updated.
    /// </summary>
    public async Task AddFeedbackAsync(string comment)
    {
        var now = DateTime.UtcNow;
        var options = new FindOneAndUpdateOptions<BsonDocument, BsonDocument> { Projection = First };
        var session = await _sessions.FindOneAndUpdateAsync<BsonDocument>(
            new BsonDocument { { "_id", sessionId }, { "schema_version", 1 } }, new BsonDocument("$set", new BsonDocument("updated_at", now)), options);
        await _feedback.InsertOneAsync(CreateFeedback(session["first"].AsInt32, comment, now));
    }

    /// <summary>
    /// Stores many, each a millisecond later than the one before.
    /// </summary>
    public async Task AddFeedbacksAsync(string comment, int count)
    {
        var first = (await FindAsync(First))["first"].AsInt32;
        var end = DateTime.UtcNow;
        await _feedback.InsertManyAsync(Enumerable.Range(0, count).Select(i => CreateFeedback(first, comment, end.AddMilliseconds(i - count))));
    }

    public async Task<List<BsonDocument>> GetFeedbacksAsync() => await FindFeedbacksAsync(await FindFeedbackFilterAsync(), limit: null);

    /// <summary>
    /// Lists a page, and reads one more, which tells whether there is another page.
    /// </summary>
    public async Task<List<BsonDocument>> ListFeedbacksAsync(int limit, BsonDocument? after)
    {
        var filter = await FindFeedbackFilterAsync();
        if (after is not null)
        {
            filter.Add("created_at", new BsonDocument("$gte", after["created_at"]));
            filter.Add("$or", new BsonArray
            {
                new BsonDocument("created_at", new BsonDocument("$gt", after["created_at"])),
                new BsonDocument("_id", new BsonDocument("$gt", after["_id"])),
            });
        }

        return await FindFeedbacksAsync(filter, limit + 1);
    }

    // '0' follows '/'.
    private async Task<BsonDocument> FindFeedbackFilterAsync()
    {
        var first = (await FindAsync(First))["first"].AsInt32;
        return new() { { "_id", new BsonDocument { { "$gte", $"{sessionId}/~{first:D10}/" }, { "$lt", $"{sessionId}0" } } }, { "session_id", sessionId } };
    }

    private async Task<List<BsonDocument>> FindFeedbacksAsync(BsonDocument filter, int? limit)
    {
        using var cursor = await _feedback.FindAsync(filter, new FindOptions<BsonDocument> { Sort = InOrder, Limit = limit });
        return await cursor.ToListAsync();
    }

    private BsonDocument CreateFeedback(int first, string comment, DateTime now) => new()
    {
        { "_id", $"{sessionId}/~{first:D10}/{ObjectId.GenerateNewId()}" },
        { "session_id", sessionId },
        { "first", first },
        { "created_at", now },
        { "feedback", new BsonDocument { { "rating", "up" }, { "comment", comment } } },
        { "updated_at", now },
    };
}
