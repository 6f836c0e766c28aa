using MongoDB.Bson;
using MongoDB.Driver;

namespace SessionManager.TestServer.Tests.Gateway.FailPoints;

[Trait("Server", "Gateway")]
public sealed class LagMajorityReadsTests(ServerFixture server) : FailPointTests(server)
{
    [Fact]
    public async Task MajorityReads_SeeWhatWasThereWhenItWasSet()
    {
        await Collection.InsertManyAsync([Parse("{ _id: 1 }"), Parse("{ _id: 2 }"), Parse("{ _id: 3 }")], cancellationToken: Cancellation);
        await using var failPoint = await SetAsync(FailPointNames.LagMajorityReads, "{ }");

        await Collection.DeleteOneAsync(Parse("{ _id: 1 }"), Cancellation);
        await InsertAsync(4);

        Assert.Equal([1, 2, 3], await FindAsync(ReadConcern.Majority));
        Assert.Equal([1, 2, 3], await AggregateAsync(ReadConcern.Majority));
        Assert.Equal([2, 3, 4], await FindAsync(ReadConcern.Local));
        Assert.Equal([2, 3, 4], await FindAsync(ReadConcern.Default));
        Assert.Equal([2, 3, 4], await AggregateAsync(ReadConcern.Local));

        // Further batches of the two majority reads belong to their first.
        Assert.Equal(2, await failPoint.TurnOffAsync());
        Assert.Equal([2, 3, 4], await FindAsync(ReadConcern.Majority));
    }

    [Fact]
    public async Task Collection_ThatIsNewer_IsEmpty()
    {
        await using var failPoint = await SetAsync(FailPointNames.LagMajorityReads, "{ }");

        await InsertAsync(1);

        Assert.Empty(await FindAsync(ReadConcern.Majority));
        Assert.Equal([1], await FindAsync(ReadConcern.Local));
    }

    private async Task<IEnumerable<int>> FindAsync(ReadConcern readConcern) =>
        Ids(await Faulty.WithReadConcern(readConcern)
            .Find(FilterDefinition<BsonDocument>.Empty, new FindOptions { BatchSize = 1 })
            .ToListAsync(Cancellation));

    private async Task<IEnumerable<int>> AggregateAsync(ReadConcern readConcern) =>
        Ids(await Faulty.WithReadConcern(readConcern)
            .Aggregate(new AggregateOptions { BatchSize = 1 })
            .Match(FilterDefinition<BsonDocument>.Empty)
            .ToListAsync(Cancellation));

    private static IEnumerable<int> Ids(List<BsonDocument> documents) => documents.Select(document => document["_id"].AsInt32).Order();
}
