using MongoDB.Bson;
using MongoDB.Driver;

namespace SessionManager.TestServer.Tests.Gateway.ReplicaSets;

/// <summary>What is sent again under its transaction number is not executed again.</summary>
public sealed class RetryableWritesTests(ReplicaSetFixture replicaSet) : ReplicaSetTests(replicaSet)
{
    private const string CountUp = "{ findAndModify: 'things', query: { _id: 1 }, update: { $inc: { n: 1 } }, upsert: true, new: true }";

    private readonly Guid _sessionId = Guid.NewGuid();

    [Fact]
    public async Task Insert_ThatIsRetried_IsExecutedOnce()
    {
        const string Insert = "{ insert: 'things', documents: [ { _id: 1 }, { _id: 2 } ] }";

        var first = await SendAsync(_sessionId, 1, Insert);
        var second = await SendAsync(_sessionId, 1, Insert);

        Assert.False(first.Contains("retriedStmtIds"));
        Assert.Equal((2, 2), (first["n"].ToInt32(), second["n"].ToInt32()));
        Assert.False(second.Contains("writeErrors"));
        Assert.Equal([0, 1], second["retriedStmtIds"].AsBsonArray.Select(id => id.ToInt32()));
        Assert.Equal(2, (await FindAllAsync()).Count);
    }

    [Theory]
    [InlineData(true, new[] { 0 }, new[] { 0 })]
    [InlineData(false, new[] { 0, 2 }, new[] { 0, 2 })]
    public async Task Insert_ThatFailedInPart_GoesOnWithTheRest(bool isOrdered, int[] stored, int[] retried)
    {
        var insert = $"{{ insert: 'things', documents: [ {{ _id: 0 }}, {{ _id: 1 }}, {{ _id: 2 }} ], ordered: {(isOrdered ? "true" : "false")} }}";
        await Collection.InsertOneAsync(Parse("{ _id: 1, foreign: true }"), cancellationToken: Cancellation);

        var first = await SendAsync(_sessionId, 1, insert);
        await Collection.DeleteOneAsync(Parse("{ foreign: true }"), Cancellation);
        var between = await FindAllAsync();
        var second = await SendAsync(_sessionId, 1, insert);

        Assert.Equal((stored.Length, 3), (first["n"].ToInt32(), second["n"].ToInt32()));
        Assert.Equal(1, Assert.Single(first["writeErrors"].AsBsonArray)["index"].ToInt32());
        Assert.Equal(stored, between.Select(document => document["_id"].AsInt32));
        Assert.Equal(retried, second["retriedStmtIds"].AsBsonArray.Select(id => id.ToInt32()));
        Assert.Equal([0, 1, 2], (await FindAllAsync()).Select(document => document["_id"].AsInt32));
    }

    [Fact]
    public async Task Update_ThatIsRetried_IsExecutedOnce_AndAnsweredAsThen()
    {
        const string Update =
            """
            { update: 'things', updates: [
                { q: { _id: 1 }, u: { $inc: { n: 1 } } },
                { q: { _id: 2 }, u: { $inc: { n: 1 } }, upsert: true },
                { q: { _id: 3 }, u: { $inc: { n: 1 } } } ] }
            """;
        await Collection.InsertOneAsync(Parse("{ _id: 1, n: 0 }"), cancellationToken: Cancellation);

        var first = await SendAsync(_sessionId, 1, Update);
        var second = await SendAsync(_sessionId, 1, Update);

        foreach (var reply in (BsonDocument[])[first, second])
        {
            Assert.Equal((2, 1), (reply["n"].ToInt32(), reply["nModified"].ToInt32()));
            Assert.Equal(Parse("{ index: 1, _id: 2 }"), Assert.Single(reply["upserted"].AsBsonArray));
        }

        // The third one wrote nothing, and so is tried again.
        Assert.Equal([0, 1], second["retriedStmtIds"].AsBsonArray.Select(id => id.ToInt32()));
        Assert.Equal([Parse("{ _id: 1, n: 1 }"), Parse("{ _id: 2, n: 1 }")], await FindAllAsync());
    }

    [Fact]
    public async Task Update_Ordered_EndsWithTheFirstError()
    {
        const string Update =
            """
            { update: 'things', updates: [
                { q: { _id: 1 }, u: { $inc: { text: 1 } } },
                { q: { _id: 1 }, u: { $set: { reached: true } } } ] }
            """;
        await Collection.InsertOneAsync(Parse("{ _id: 1, text: 'x' }"), cancellationToken: Cancellation);

        var reply = await SendAsync(_sessionId, 1, Update);

        Assert.Equal(14, Assert.Single(reply["writeErrors"].AsBsonArray)["code"].ToInt32());
        Assert.Equal([Parse("{ _id: 1, text: 'x' }")], await FindAllAsync());
    }

    [Fact]
    public async Task Delete_ThatIsRetried_IsExecutedOnce()
    {
        const string Delete = "{ delete: 'things', deletes: [ { q: { a: 1 }, limit: 1 } ] }";
        await Collection.InsertManyAsync([Parse("{ _id: 1, a: 1 }"), Parse("{ _id: 2, a: 1 }")], cancellationToken: Cancellation);

        var first = await SendAsync(_sessionId, 1, Delete);
        var second = await SendAsync(_sessionId, 1, Delete);

        Assert.Equal((1, 1), (first["n"].ToInt32(), second["n"].ToInt32()));
        Assert.Single(await FindAllAsync());
    }

    [Fact]
    public async Task FindAndModify_ThatIsRetried_IsExecutedOnce_AndAnsweredAsThen()
    {
        var first = await SendAsync(_sessionId, 1, CountUp);
        await Collection.UpdateOneAsync(Parse("{ _id: 1 }"), Parse("{ $set: { n: 50 } }"), cancellationToken: Cancellation);
        var second = await SendAsync(_sessionId, 1, CountUp);

        Assert.False(first.Contains("retriedStmtId"));
        Assert.Equal(0, second["retriedStmtId"].ToInt32());
        Assert.Equal(first["value"], second["value"]);
        Assert.Equal(first["lastErrorObject"], second["lastErrorObject"]);
        Assert.Equal([Parse("{ _id: 1, n: 50 }")], await FindAllAsync());
    }

    [Fact]
    public async Task Retries_AtOnce_AreExecutedOnce()
    {
        var replies = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => SendAsync(_sessionId, 1, CountUp)));

        Assert.All(replies, reply => Assert.Equal(1, reply["value"]["n"].ToInt32()));
        Assert.Equal(15, replies.Count(reply => reply.Contains("retriedStmtId")));
        Assert.Equal([Parse("{ _id: 1, n: 1 }")], await FindAllAsync());
    }

    [Fact]
    public async Task Number_ThatIsHigher_AndAnotherSession_ExecuteAnew()
    {
        await SendAsync(_sessionId, 1, CountUp);
        await SendAsync(_sessionId, 2, CountUp);
        await SendAsync(Guid.NewGuid(), 1, CountUp);

        Assert.Equal([Parse("{ _id: 1, n: 3 }")], await FindAllAsync());
    }

    [Fact]
    public async Task Number_ThatIsLower_IsTooOld()
    {
        await SendAsync(_sessionId, 2, CountUp);

        var reply = await SendAsync(_sessionId, 1, CountUp);

        Assert.Equal((225, "TransactionTooOld"), (reply["code"].ToInt32(), reply["codeName"].AsString));
        Assert.Equal([Parse("{ _id: 1, n: 1 }")], await FindAllAsync());
    }

    [Theory]
    [InlineData("{ update: 'things', updates: [ { q: { }, u: { $set: { a: 1 } }, multi: true } ] }", 72)]
    [InlineData("{ delete: 'things', deletes: [ { q: { }, limit: 0 } ] }", 72)]
    [InlineData("{ find: 'things' }", 50768)]
    [InlineData("{ insert: 'things', documents: [ { _id: 1 } ], autocommit: false, startTransaction: true }", 115)]
    public async Task Command_ThatCannotBeRetried_IsRefused(string command, int code)
    {
        var reply = await SendAsync(_sessionId, 1, command);

        Assert.Equal(code, reply.GetValue("code", 0).ToInt32());
        Assert.Empty(await FindAllAsync());
    }
}
