using MongoDB.Bson;
using MongoDB.Driver;

namespace SessionManager.TestServer.Tests.Gateway;

public sealed class FindAndModifyTests(ServerFixture server) : DatabaseTests(server)
{
    private const string CountUp = "{ $set: { n: { $add: [ { $ifNull: [ '$n', 0 ] }, 1 ] } } }";

    [Fact]
    public async Task PipelineUpsert_AskedForBefore_ReturnsNothingThenTheOldDocument()
    {
        var first = await UpsertAsync(ReturnDocument.Before);
        var second = await UpsertAsync(ReturnDocument.Before);

        Assert.Null(first);
        Assert.Equal(Parse("{ _id: 1, n: 1 }"), second);
        Assert.Equal([Parse("{ _id: 1, n: 2 }")], await FindAllAsync());
    }

    [Fact]
    public async Task PipelineUpsert_AskedForAfter_ReturnsTheNewDocument()
    {
        var first = await UpsertAsync(ReturnDocument.After);
        var second = await UpsertAsync(ReturnDocument.After);

        Assert.Equal(Parse("{ _id: 1, n: 1 }"), first);
        Assert.Equal(Parse("{ _id: 1, n: 2 }"), second);
    }

    [Fact]
    public async Task Upsert_WithSetOnInsert_SetsItOnce()
    {
        var update = Parse("{ $setOnInsert: { born: 1 }, $push: { items: 'x' } }");
        var options = new FindOneAndUpdateOptions<BsonDocument>
        {
            IsUpsert = true,
            ReturnDocument = ReturnDocument.After,
            Projection = Parse("{ born: 1, count: { $size: '$items' } }"),
        };

        await Collection.FindOneAndUpdateAsync<BsonDocument>(Parse("{ _id: 1 }"), update, options, Cancellation);
        var second = await Collection.FindOneAndUpdateAsync<BsonDocument>(
            Parse("{ _id: 1 }"), update, options, Cancellation);

        Assert.Equal(Parse("{ _id: 1, born: 1, count: 2 }"), second);
    }

    [Fact]
    public async Task Delete_ReturnsTheDocumentOnce()
    {
        await Collection.InsertOneAsync(Parse("{ _id: 1, a: 1 }"), cancellationToken: Cancellation);

        var first = await Collection.FindOneAndDeleteAsync(Parse("{ a: 1 }"), cancellationToken: Cancellation);
        var second = await Collection.FindOneAndDeleteAsync(Parse("{ a: 1 }"), cancellationToken: Cancellation);

        Assert.Equal(Parse("{ _id: 1, a: 1 }"), first);
        Assert.Null(second);
    }

    private Task<BsonDocument?> UpsertAsync(ReturnDocument returned) =>
        Collection.FindOneAndUpdateAsync<BsonDocument?>(
            Parse("{ _id: 1 }"),
            Builders<BsonDocument>.Update.Pipeline(
                PipelineDefinition<BsonDocument, BsonDocument>.Create(Parse(CountUp))),
            new FindOneAndUpdateOptions<BsonDocument, BsonDocument?> { IsUpsert = true, ReturnDocument = returned },
            Cancellation);
}
