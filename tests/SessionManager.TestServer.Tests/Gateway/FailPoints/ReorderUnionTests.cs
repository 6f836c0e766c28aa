using MongoDB.Bson;
using MongoDB.Driver;

namespace SessionManager.TestServer.Tests.Gateway.FailPoints;

[Trait("Server", "Gateway")]
public sealed class ReorderUnionTests(ServerFixture server) : FailPointTests(server)
{
    private const string Union =
        """
        [ { $match: { _id: 0 } },
          { $unionWith: { coll: 'others', pipeline: [ { $match: { _id: { $gt: 1 } } }, { $sort: { _id: 1 } } ] } },
          { $set: { seen: true } } ]
        """;

    [Theory]
    [InlineData(null, new[] { 0, 2, 3, 4 })]
    [InlineData("last", new[] { 2, 3, 4, 0 })]
    [InlineData("mixed", new[] { 2, 4, 0, 3 })]
    public async Task Order_IsAsSaid(string? order, int[] expected)
    {
        await InsertAllAsync();
        await using var failPoint = order is null
            ? null
            : await SetAsync(FailPointNames.ReorderUnion, $"{{ order: '{order}' }}");

        var documents = await AggregateAsync(Union);

        Assert.Equal(expected, documents.Select(document => document["_id"].AsInt32));
        Assert.All(documents, document => Assert.True(document["seen"].AsBoolean));
    }

    [Theory]
    [InlineData("last")]
    [InlineData("mixed")]
    public async Task Aggregation_WithoutUnion_IsNotMet(string order)
    {
        await InsertAllAsync();
        await using var failPoint = await SetAsync(FailPointNames.ReorderUnion, $"{{ order: '{order}' }}");

        var documents = await AggregateAsync("[ { $sort: { _id: 1 } } ]");

        Assert.Equal([0, 1], documents.Select(document => document["_id"].AsInt32));
        Assert.Equal(0, await failPoint.TurnOffAsync());
    }

    private async Task InsertAllAsync()
    {
        await Collection.InsertManyAsync([Parse("{ _id: 0 }"), Parse("{ _id: 1 }")], cancellationToken: Cancellation);
        await Database.GetCollection<BsonDocument>("others").InsertManyAsync(
            Enumerable.Range(1, 4).Select(id => new BsonDocument("_id", id)), cancellationToken: Cancellation);
    }

    private Task<List<BsonDocument>> AggregateAsync(string stages) =>
        Faulty.Aggregate<BsonDocument>(MongoDB.Bson.Serialization.BsonSerializer.Deserialize<BsonDocument[]>(stages)).ToListAsync(Cancellation);
}
