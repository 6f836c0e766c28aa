using MongoDB.Bson;
using MongoDB.Driver;
using SessionManager.Testing.Server;

namespace SessionManager.TestServer.Tests.Gateway.FailPoints;

[Trait("Server", "Gateway")]
public sealed class FailStatementsTests(ServerFixture server) : FailPointTests(server)
{
    private const string SecondFails = "{ writeErrors: [ { index: 1, code: 91, errmsg: 'going down' } ] }";

    private static readonly BsonDocument[] Four = [.. Enumerable.Range(0, 4).Select(id => new BsonDocument("_id", id))];

    [Fact]
    public async Task Ordered_ExecutesWhatIsBefore_AndNothingAfter()
    {
        await using var failPoint = await SetAsync(FailPointNames.FailStatements, SecondFails);

        var failure = await InsertFourAsync(isOrdered: true);

        var error = Assert.Single(failure.WriteErrors);
        Assert.Equal((1, 91, "going down"), (error.Index, error.Code, error.Message));
        Assert.Equal(1, failure.Result.InsertedCount);
        Assert.Equal([0], await StoredIdsAsync());
        Assert.Equal(1, await failPoint.TurnOffAsync());
    }

    [Fact]
    public async Task Unordered_ExecutesTheOthers()
    {
        await using var failPoint = await SetAsync(
            FailPointNames.FailStatements, "{ writeErrors: [ { index: 2, code: 189 }, { index: 0, code: 91 } ] }");

        var failure = await InsertFourAsync(isOrdered: false);

        Assert.Equal([(0, 91), (2, 189)], failure.WriteErrors.Select(error => (error.Index, error.Code)));
        Assert.Equal(2, failure.Result.InsertedCount);
        Assert.Equal([1, 3], await StoredIdsAsync());
    }

    [Fact]
    public async Task RealErrors_KeepTheirPlaceBesideThose()
    {
        await Collection.InsertOneAsync(Four[3], cancellationToken: Cancellation);
        await using var failPoint = await SetAsync(FailPointNames.FailStatements, SecondFails);

        var failure = await InsertFourAsync(isOrdered: false);

        Assert.Equal([(1, 91), (3, 11000)], failure.WriteErrors.Select(error => (error.Index, error.Code)));
        Assert.Equal([0, 2, 3], await StoredIdsAsync());
    }

    [Fact]
    public async Task Ordered_WithARealErrorBefore_EndsThere()
    {
        await Collection.InsertOneAsync(Four[0], cancellationToken: Cancellation);
        await using var failPoint = await SetAsync(FailPointNames.FailStatements, SecondFails);

        var failure = await InsertFourAsync(isOrdered: true);

        Assert.Equal([(0, 11000)], failure.WriteErrors.Select(error => (error.Index, error.Code)));
    }

    [Fact]
    public async Task WriteConcernError_StandsBesideWriteErrors()
    {
        await using var failPoint = await SetAsync(
            FailPointNames.FailStatements,
            "{ writeErrors: [ { index: 0, code: 91 } ], writeConcernError: { code: 64, errmsg: 'late' }, errorLabels: ['RetryableWriteError'] }");

        var failure = await InsertFourAsync(isOrdered: false);

        Assert.Equal(64, failure.WriteConcernError.Code);
        Assert.Equal(91, Assert.Single(failure.WriteErrors).Code);
        Assert.True(failure.HasErrorLabel("RetryableWriteError"));
    }

    [Fact]
    public async Task Command_WithoutSuchAStatement_IsNotMet()
    {
        await using var failPoint = await SetAsync(FailPointNames.FailStatements, SecondFails, times: 1);

        await InsertAsync(0);

        Assert.Equal(0, await failPoint.TurnOffAsync());
    }

    [Fact]
    public async Task Updates_AndDeletes_FailAlike()
    {
        await Collection.InsertManyAsync(Four, cancellationToken: Cancellation);
        await using var failPoint = await SetAsync(FailPointNames.FailStatements, SecondFails);
        WriteModel<BsonDocument>[] updates =
        [
            .. Four.Select(document => new UpdateOneModel<BsonDocument>(document, Parse("{ $set: { a: 1 } }"))),
            new UpdateOneModel<BsonDocument>(Parse("{ _id: 4 }"), Parse("{ $set: { a: 1 } }")) { IsUpsert = true },
        ];
        var deletes = Four.Select(document => new DeleteOneModel<BsonDocument>(document));
        var options = new BulkWriteOptions { IsOrdered = false };

        var updated = await Assert.ThrowsAsync<MongoBulkWriteException<BsonDocument>>(
            () => Faulty.BulkWriteAsync(updates, options, Cancellation));
        var afterUpdates = await FindAllAsync();
        var deleted = await Assert.ThrowsAsync<MongoBulkWriteException<BsonDocument>>(
            () => Faulty.BulkWriteAsync(deletes, options, Cancellation));

        Assert.Equal(3, updated.Result.ModifiedCount);
        Assert.Equal(4, Assert.Single(updated.Result.Upserts).Index);
        Assert.Equal([0, 2, 3, 4], afterUpdates.Where(document => document.Contains("a")).Select(document => document["_id"].AsInt32));
        Assert.Equal(3, deleted.Result.DeletedCount);
        Assert.Equal([1, 4], await StoredIdsAsync());
    }

    [Fact]
    public async Task Statements_InTheCommandItself_FailAlike()
    {
        var data = Parse(SecondFails).Add("namespace", Namespace);
        await using var failPoint = await FailPoint.SetAsync(Server.Client, FailPointNames.FailStatements, data);

        var reply = await RunAsync("{ insert: 'things', documents: [ { _id: 0 }, { _id: 1 }, { _id: 2 } ], ordered: false }");

        Assert.Equal(2, reply["n"].ToInt32());
        Assert.Equal(1, Assert.Single(reply["writeErrors"].AsBsonArray)["index"].ToInt32());
        Assert.Equal([0, 2], await StoredIdsAsync());
    }

    private Task<MongoBulkWriteException<BsonDocument>> InsertFourAsync(bool isOrdered) =>
        Assert.ThrowsAsync<MongoBulkWriteException<BsonDocument>>(() => Faulty.InsertManyAsync(
            Four, new InsertManyOptions { IsOrdered = isOrdered }, Cancellation));
}
