using MongoDB.Bson;
using MongoDB.Driver;

namespace SessionManager.TestServer.Tests.Gateway;

public sealed class BulkWriteTests(ServerFixture server) : DatabaseTests(server)
{
    private static readonly WriteModel<BsonDocument>[] WithDuplicateInTheMiddle =
    [
        new InsertOneModel<BsonDocument>(Parse("{ _id: 1 }")),
        new InsertOneModel<BsonDocument>(Parse("{ _id: 1 }")),
        new InsertOneModel<BsonDocument>(Parse("{ _id: 2 }")),
    ];

    [Fact]
    public async Task Ordered_StopsAtTheFirstError()
    {
        var failure = await Assert.ThrowsAsync<MongoBulkWriteException<BsonDocument>>(
            () => Collection.BulkWriteAsync(WithDuplicateInTheMiddle, cancellationToken: Cancellation));

        var error = Assert.Single(failure.WriteErrors);
        Assert.Equal(1, error.Index);
        Assert.Equal(ServerErrorCategory.DuplicateKey, error.Category);
        Assert.Equal(1, failure.Result.InsertedCount);
        Assert.Equal([1], (await FindAllAsync()).Select(document => document["_id"].AsInt32));
    }

    [Fact]
    public async Task Unordered_GoesOnAfterAnError()
    {
        var failure = await Assert.ThrowsAsync<MongoBulkWriteException<BsonDocument>>(() => Collection.BulkWriteAsync(
            WithDuplicateInTheMiddle, new BulkWriteOptions { IsOrdered = false }, Cancellation));

        Assert.Equal(1, Assert.Single(failure.WriteErrors).Index);
        Assert.Equal(2, failure.Result.InsertedCount);
        Assert.Equal([1, 2], (await FindAllAsync()).Select(document => document["_id"].AsInt32));
    }

    [Fact]
    public async Task Mixed_CountsEachKind()
    {
        var result = await Collection.BulkWriteAsync(
            [
                new InsertOneModel<BsonDocument>(Parse("{ _id: 1, n: 1 }")),
                new InsertOneModel<BsonDocument>(Parse("{ _id: 2, n: 1 }")),
                new UpdateManyModel<BsonDocument>(Parse("{ n: 1 }"), Parse("{ $inc: { n: 1 } }")),
                new UpdateOneModel<BsonDocument>(Parse("{ _id: 3 }"), Parse("{ $set: { n: 9 } }")) { IsUpsert = true },
                new ReplaceOneModel<BsonDocument>(Parse("{ _id: 2 }"), Parse("{ _id: 2, replaced: true }")),
                new DeleteOneModel<BsonDocument>(Parse("{ _id: 1 }")),
            ],
            cancellationToken: Cancellation);

        Assert.Equal(2, result.InsertedCount);
        Assert.Equal(3, result.MatchedCount);
        Assert.Equal(3, result.ModifiedCount);
        Assert.Equal(3, Assert.Single(result.Upserts).Id.AsInt32);
        Assert.Equal(1, result.DeletedCount);
        Assert.Equal([Parse("{ _id: 2, replaced: true }"), Parse("{ _id: 3, n: 9 }")], await FindAllAsync());
    }

    [Fact]
    public async Task Unacknowledged_IsWritten()
    {
        var unacknowledged = Collection.WithWriteConcern(WriteConcern.Unacknowledged);

        await unacknowledged.InsertOneAsync(Parse("{ _id: 1 }"), cancellationToken: Cancellation);
        await unacknowledged.InsertOneAsync(Parse("{ _id: 1 }"), cancellationToken: Cancellation);
        await Collection.InsertOneAsync(Parse("{ _id: 2 }"), cancellationToken: Cancellation);

        while ((await FindAllAsync()).Count < 2)
        {
            Cancellation.ThrowIfCancellationRequested();
        }

        Assert.Equal([1, 2], (await FindAllAsync()).Select(document => document["_id"].AsInt32));
    }
}
