using System.Diagnostics;
using MongoDB.Bson;
using MongoDB.Driver;
using SessionManager.Testing.Server;

namespace SessionManager.TestServer.Tests.Gateway.FailPoints;

/// <summary>MongoDB's own fail point, which the gateway has as its documentation says.</summary>
public sealed class FailCommandTests(ServerFixture server) : FailPointTests(server)
{
    [Fact]
    public async Task ErrorCode_FailsTheCommandAsOftenAsSaid_AndWritesNothing()
    {
        await using var failPoint = await SetAsync(
            FailPointNames.FailCommand, "{ failCommands: ['insert'], errorCode: 8000, errorLabels: ['Odd'] }", times: 2);

        for (var id = 1; id <= 2; id++)
        {
            var failure = await Assert.ThrowsAnyAsync<MongoCommandException>(() => InsertAsync(id));
            Assert.Equal(8000, failure.Code);
            Assert.True(failure.HasErrorLabel("Odd"));
        }

        await InsertAsync(3);

        Assert.Equal([3], await StoredIdsAsync());
        Assert.Equal(2, await failPoint.TurnOffAsync());
    }

    [Fact]
    public async Task TurnedOff_FailsNothing()
    {
        var failPoint = await SetAsync(FailPointNames.FailCommand, "{ failCommands: ['insert'], errorCode: 8000 }");
        await Assert.ThrowsAnyAsync<MongoCommandException>(() => InsertAsync(1));

        await failPoint.DisposeAsync();
        await InsertAsync(2);

        Assert.Equal([2], await StoredIdsAsync());
        Assert.Equal(1, await failPoint.TurnOffAsync());
    }

    [Fact]
    public async Task Command_ThatIsNotNamed_Succeeds()
    {
        await using var failPoint = await SetAsync(
            FailPointNames.FailCommand, "{ failCommands: ['find', 'findAndModify'], errorCode: 8000 }");

        await InsertAsync(1);

        await Assert.ThrowsAnyAsync<MongoCommandException>(
            () => Faulty.FindOneAndDeleteAsync(Parse("{ _id: 1 }"), cancellationToken: Cancellation));
        Assert.Equal(1, await failPoint.TurnOffAsync());
    }

    [Fact]
    public async Task AppName_OfAnotherClient_IsNotMet()
    {
        await using var failPoint = await SetAsync(FailPointNames.FailCommand, "{ failCommands: ['insert'], errorCode: 8000 }");

        await Collection.InsertOneAsync(Parse("{ _id: 1 }"), cancellationToken: Cancellation);

        Assert.Equal(0, await failPoint.TurnOffAsync());
    }

    [Fact]
    public async Task Namespace_OfAnotherCollection_IsNotMet()
    {
        var data = new BsonDocument
        {
            { "failCommands", new BsonArray { "insert", "getMore" } },
            { "errorCode", 8000 },
            { "namespace", Namespace },
        };
        var other = Database.GetCollection<BsonDocument>("others");
        await other.InsertManyAsync([Parse("{ _id: 1 }"), Parse("{ _id: 2 }")], cancellationToken: Cancellation);
        await Collection.InsertManyAsync([Parse("{ _id: 1 }"), Parse("{ _id: 2 }")], cancellationToken: Cancellation);
        await using var failPoint = await FailPoint.SetAsync(Server.Client, FailPointNames.FailCommand, data);

        await other.InsertOneAsync(Parse("{ _id: 3 }"), cancellationToken: Cancellation);
        Assert.Equal(3, (await ReadInBatchesAsync(other)).Count);

        await Assert.ThrowsAnyAsync<MongoCommandException>(
            () => Collection.InsertOneAsync(Parse("{ _id: 3 }"), cancellationToken: Cancellation));
        await Assert.ThrowsAnyAsync<MongoCommandException>(() => ReadInBatchesAsync(Collection));
        Assert.Equal(2, await failPoint.TurnOffAsync());
    }

    [Fact]
    public async Task WriteConcernError_StandsBesideSuccess()
    {
        await using var failPoint = await SetAsync(
            FailPointNames.FailCommand,
            "{ failCommands: ['insert', 'find'], writeConcernError: { code: 100, codeName: 'UnsatisfiableWriteConcern', errmsg: 'alone' }, errorLabels: ['Odd'] }");

        var failure = await Assert.ThrowsAsync<MongoWriteException>(() => InsertAsync(1));
        var found = await Faulty.Find(Parse("{ _id: 1 }")).ToListAsync(Cancellation);

        Assert.Equal(100, failure.WriteConcernError.Code);
        Assert.Null(failure.WriteError);
        Assert.Single(found);
        Assert.Equal(1, await failPoint.TurnOffAsync());
    }

    [Fact]
    public async Task WriteConcernError_StandsBesideAnError()
    {
        await Collection.InsertOneAsync(Parse("{ _id: 1 }"), cancellationToken: Cancellation);
        await using var failPoint = await SetAsync(
            FailPointNames.FailCommand, "{ failCommands: ['insert'], writeConcernError: { code: 64, errmsg: 'late' } }");

        var failure = await Assert.ThrowsAsync<MongoWriteException>(() => InsertAsync(1));

        Assert.Equal(11000, failure.WriteError.Code);
        Assert.Equal(64, failure.WriteConcernError.Code);
    }

    [Fact]
    public async Task CloseConnection_ExecutesNothing()
    {
        await using var failPoint = await SetAsync(
            FailPointNames.FailCommand, "{ failCommands: ['insert'], closeConnection: true }", times: 1);

        await Assert.ThrowsAsync<MongoConnectionException>(() => InsertAsync(1));
        await InsertAsync(2);

        Assert.Equal([2], await StoredIdsAsync());
    }

    [Fact]
    public async Task BlockConnection_DelaysTheCommand()
    {
        await using var failPoint = await SetAsync(
            FailPointNames.FailCommand, "{ failCommands: ['createIndexes'], blockConnection: true, blockTimeMS: 300 }");
        await InsertAsync(1);
        var index = new CreateIndexModel<BsonDocument>(Builders<BsonDocument>.IndexKeys.Ascending("a"));

        var watch = Stopwatch.StartNew();
        await Faulty.Indexes.CreateOneAsync(index, cancellationToken: Cancellation);

        Assert.True(watch.ElapsedMilliseconds >= 290, $"It took {watch.ElapsedMilliseconds} ms.");
        Assert.Equal(2, (await (await Collection.Indexes.ListAsync(Cancellation)).ToListAsync(Cancellation)).Count);
    }

    [Fact]
    public async Task Name_ThatIsUnknown_SaysSo()
    {
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => SetAsync("noSuchFailPoint", "{ }"));

        Assert.Contains("noSuchFailPoint", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Data_WithoutScope_IsRefused() =>
        await Assert.ThrowsAsync<ArgumentException>(
            () => FailPoint.SetAsync(Server.Client, FailPointNames.FailCommand, Parse("{ failCommands: ['ping'], errorCode: 1 }")));

    private static async Task<List<BsonDocument>> ReadInBatchesAsync(IMongoCollection<BsonDocument> collection) =>
        await collection.Find(FilterDefinition<BsonDocument>.Empty, new FindOptions { BatchSize = 1 }).ToListAsync(Cancellation);
}
