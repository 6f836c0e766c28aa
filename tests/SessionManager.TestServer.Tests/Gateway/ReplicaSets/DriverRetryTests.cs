using MongoDB.Bson;
using MongoDB.Driver;

namespace SessionManager.TestServer.Tests.Gateway.ReplicaSets;

/// <summary>The driver's own second attempt, which a standalone server does not get.</summary>
public sealed class DriverRetryTests(ReplicaSetFixture replicaSet) : ReplicaSetTests(replicaSet)
{
    private static readonly string[] Writes = ["insert", "update", "delete", "findAndModify"];

    [Fact]
    public async Task Reply_ThatIsLost_IsAskedForAgain_AndTheWriteExecutedOnce()
    {
        using var client = Connect();
        var collection = CollectionOf(client);
        foreach (var write in Writes)
        {
            await using var failPoint = await SetAsync(FailPointNames.LoseReply, $"{{ failCommands: ['{write}'] }}", times: 1);
            await WriteAsync(collection, write);
            Assert.Equal(1, await failPoint.TurnOffAsync());
        }

        Assert.Equal([Parse("{ _id: 1, n: 2 }"), Parse("{ _id: 3 }")], await FindAllAsync());
    }

    [Fact]
    public async Task Reply_ThatIsLostTwice_IsAnError()
    {
        using var client = Connect();
        await using var failPoint = await SetAsync(FailPointNames.LoseReply, "{ failCommands: ['insert'] }", times: 2);

        await Assert.ThrowsAsync<MongoConnectionException>(() => WriteAsync(CollectionOf(client), "insert"));

        Assert.Equal(3, (await FindAllAsync()).Count);
    }

    [Theory]
    [InlineData("errorCode: 91")]
    [InlineData("errorCode: 10107")]
    [InlineData("errorCode: 8000, errorLabels: ['RetryableWriteError']")]
    [InlineData("writeConcernError: { code: 91, errmsg: 'going down' }")]
    public async Task Error_ThatIsRetryable_IsRetried(string error)
    {
        using var client = Connect();
        await using var failPoint = await SetAsync(FailPointNames.FailCommand, $"{{ failCommands: ['insert'], {error} }}", times: 1);

        await WriteAsync(CollectionOf(client), "insert");

        Assert.Equal(1, await failPoint.TurnOffAsync());
        Assert.Equal(3, (await FindAllAsync()).Count);
    }

    [Theory]
    [InlineData("errorCode: 8000")]
    [InlineData("errorCode: 91, errorLabels: []")]
    public async Task Error_ThatIsNotRetryable_IsThrown(string error)
    {
        using var client = Connect();
        await using var failPoint = await SetAsync(FailPointNames.FailCommand, $"{{ failCommands: ['insert'], {error} }}", times: 1);

        await Assert.ThrowsAnyAsync<MongoException>(() => WriteAsync(CollectionOf(client), "insert"));

        Assert.Empty(await FindAllAsync());
    }

    [Fact]
    public async Task Connection_ThatIsDirect_IsRetriedToo()
    {
        using var client = Connect(settings => settings.DirectConnection = true);
        await using var failPoint = await SetAsync(FailPointNames.LoseReply, "{ failCommands: ['insert'] }", times: 1);

        await WriteAsync(CollectionOf(client), "insert");

        Assert.Equal(3, (await FindAllAsync()).Count);
    }

    [Fact]
    public async Task Statement_ThatFailsByItsFailPoint_IsNotRecordedAsExecuted()
    {
        using var client = Connect();
        await using var failing = await SetAsync(
            FailPointNames.FailStatements,
            "{ writeErrors: [ { index: 1, code: 91 } ], writeConcernError: { code: 91, errmsg: 'going down' }, errorLabels: ['RetryableWriteError'] }",
            times: 1);

        await CollectionOf(client).InsertManyAsync(
            Enumerable.Range(1, 3).Select(id => new BsonDocument("_id", id)),
            new InsertManyOptions { IsOrdered = false },
            Cancellation);

        Assert.Equal(1, await failing.TurnOffAsync());
        Assert.Equal([1, 2, 3], (await FindAllAsync()).Select(document => document["_id"].AsInt32));
    }

    private static Task WriteAsync(IMongoCollection<BsonDocument> collection, string write) => write switch
    {
        "insert" => collection.InsertManyAsync(
            [Parse("{ _id: 1, n: 0 }"), Parse("{ _id: 2 }"), Parse("{ _id: 3 }")], cancellationToken: Cancellation),
        "update" => collection.UpdateOneAsync(Parse("{ _id: 1 }"), Parse("{ $inc: { n: 1 } }"), cancellationToken: Cancellation),
        "delete" => collection.DeleteOneAsync(Parse("{ _id: { $lt: 4, $gt: 1 } }"), Cancellation),
        _ => collection.FindOneAndUpdateAsync(Parse("{ _id: 1 }"), Parse("{ $inc: { n: 1 } }"), cancellationToken: Cancellation),
    };
}
