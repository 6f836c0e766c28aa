using MongoDB.Bson;
using MongoDB.Driver;
using SessionManager.TestServer.Tests.Wire;

namespace SessionManager.TestServer.Tests.Gateway;

public sealed class CursorTests(ServerFixture server) : DatabaseTests(server)
{
    private const int Count = 250;

    private Task InsertAsync() => Collection.InsertManyAsync(
        Enumerable.Range(0, Count).Select(i => new BsonDocument { { "_id", i }, { "group", i % 10 } }),
        cancellationToken: Cancellation);

    [Theory]
    [InlineData("{ }")]
    [InlineData("{ group: 1 }")]
    [InlineData("{ group: -1, _id: 1 }")]
    public async Task Find_InSeveralBatches_ReturnsEveryDocumentOnce(string sort)
    {
        await InsertAsync();

        var found = await Collection
            .Find(FilterDefinition<BsonDocument>.Empty, new FindOptions { BatchSize = 7 })
            .Sort(Parse(sort))
            .ToListAsync(Cancellation);

        Assert.Equal(Enumerable.Range(0, Count), found.Select(document => document["_id"].AsInt32).Order());
    }

    [Fact]
    public async Task Find_InSeveralBatches_KeepsTheOrder()
    {
        await InsertAsync();

        var found = await Collection
            .Find(FilterDefinition<BsonDocument>.Empty, new FindOptions { BatchSize = 10 })
            .Sort(Parse("{ _id: -1 }"))
            .ToListAsync(Cancellation);

        Assert.Equal(Enumerable.Range(0, Count).Reverse(), found.Select(document => document["_id"].AsInt32));
    }

    [Fact]
    public async Task Aggregate_InSeveralBatches_ReturnsEveryGroup()
    {
        await InsertAsync();

        var groups = await Collection
            .Aggregate(new AggregateOptions { BatchSize = 3 })
            .AppendStage<BsonDocument>(Parse("{ $group: { _id: '$group', n: { $sum: 1 } } }"))
            .ToListAsync(Cancellation);

        Assert.Equal(Enumerable.Range(0, 10), groups.Select(group => group["_id"].AsInt32).Order());
        Assert.All(groups, group => Assert.Equal(Count / 10, group["n"].ToInt32()));
    }

    [Theory]
    [InlineData("{ }")]
    [InlineData("{ group: 1 }")]
    public async Task GetMore_OnAnotherConnection_Continues(string sort)
    {
        await InsertAsync();
        using var first = await WireClient.ConnectAsync(Server.Address, Cancellation);
        using var second = await WireClient.ConnectAsync(Server.Address, Cancellation);

        var opened = await RunOnAsync(first, new BsonDocument
        {
            { "find", "things" }, { "sort", Parse(sort) }, { "batchSize", 100 },
        });
        var continued = await RunOnAsync(second, GetMore(opened["cursor"]["id"], batchSize: 100));
        var last = await RunOnAsync(first, GetMore(opened["cursor"]["id"], batchSize: 100));

        Assert.NotEqual(0, opened["cursor"]["id"].ToInt64());
        Assert.Equal(100, continued["cursor"]["nextBatch"].AsBsonArray.Count);
        Assert.Equal(50, last["cursor"]["nextBatch"].AsBsonArray.Count);
        Assert.Equal(0, last["cursor"]["id"].ToInt64());
    }

    [Theory]
    [InlineData("{ }")]
    [InlineData("{ group: 1 }")]
    public async Task GetMore_AfterKillCursors_IsCursorNotFound(string sort)
    {
        await InsertAsync();
        var opened = await RunAsync(new BsonDocument
        {
            { "find", "things" }, { "sort", Parse(sort) }, { "batchSize", 2 },
        });
        var id = opened["cursor"]["id"];

        var killed = await RunAsync(new BsonDocument { { "killCursors", "things" }, { "cursors", new BsonArray { id } } });
        var again = await RunAsync(new BsonDocument { { "killCursors", "things" }, { "cursors", new BsonArray { id } } });
        var failure = await Assert.ThrowsAnyAsync<MongoCommandException>(() => RunAsync(GetMore(id, batchSize: 2)));

        Assert.Equal([id], killed["cursorsKilled"].AsBsonArray);
        Assert.Equal([id], again["cursorsNotFound"].AsBsonArray);
        Assert.Equal(43, failure.Code);
        Assert.Equal("CursorNotFound", failure.CodeName);
    }

    [Fact]
    public async Task Find_WithEmptyFirstBatch_ContinuesWithGetMore()
    {
        await InsertAsync();

        var opened = await RunAsync("{ find: 'things', batchSize: 0 }");
        var continued = await RunAsync(GetMore(opened["cursor"]["id"], batchSize: 5));

        Assert.Empty(opened["cursor"]["firstBatch"].AsBsonArray);
        Assert.Equal(5, continued["cursor"]["nextBatch"].AsBsonArray.Count);
    }

    [Fact]
    public async Task Find_WithSingleBatch_LeavesNoCursor()
    {
        await InsertAsync();

        var opened = await RunAsync("{ find: 'things', batchSize: 2, singleBatch: true }");

        Assert.Equal(0, opened["cursor"]["id"].ToInt64());
    }

    private static BsonDocument GetMore(BsonValue id, int batchSize) =>
        new() { { "getMore", id }, { "collection", "things" }, { "batchSize", batchSize } };

    private async Task<BsonDocument> RunOnAsync(WireClient client, BsonDocument command)
    {
        command["$db"] = Database.DatabaseNamespace.DatabaseName;
        await client.SendAsync(WireClient.Message(1, command), Cancellation);
        return (await client.ReceiveAsync(Cancellation)).Document;
    }
}
