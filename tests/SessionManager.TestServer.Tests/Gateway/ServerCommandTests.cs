using MongoDB.Bson;
using MongoDB.Driver;

namespace SessionManager.TestServer.Tests.Gateway;

public sealed class ServerCommandTests(ServerFixture server) : DatabaseTests(server)
{
    [Theory]
    [InlineData("{ ping: 1 }")]
    [InlineData("{ buildInfo: 1 }")]
    [InlineData("{ hostInfo: 1 }")]
    [InlineData("{ serverStatus: 1 }")]
    [InlineData("{ connectionStatus: 1 }")]
    [InlineData("{ getLog: 'global' }")]
    [InlineData("{ getCmdLineOpts: 1 }")]
    [InlineData("{ getParameter: '*' }")]
    [InlineData("{ whatsmyuri: 1 }")]
    [InlineData("{ endSessions: [] }")]
    public async Task Command_AboutTheServer_Succeeds(string command)
    {
        var reply = await Server.Client.GetDatabase("admin")
            .RunCommandAsync<BsonDocument>(Parse(command), cancellationToken: Cancellation);

        Assert.Equal(1, reply["ok"].ToDouble());
    }

    [Fact]
    public async Task Statistics_CountDocuments()
    {
        await Collection.InsertManyAsync([Parse("{ _id: 1 }"), Parse("{ _id: 2 }")], cancellationToken: Cancellation);

        var ofDatabase = await RunAsync("{ dbStats: 1 }");
        var ofCollection = await RunAsync("{ collStats: 'things' }");

        Assert.Equal(Database.DatabaseNamespace.DatabaseName, ofDatabase["db"].AsString);
        Assert.Equal(Collection.CollectionNamespace.FullName, ofCollection["ns"].AsString);
    }

    [Fact]
    public async Task Queries_CountAndDistinct_SeeTheDocuments()
    {
        await Collection.InsertManyAsync(
            [Parse("{ a: 1 }"), Parse("{ a: 1 }"), Parse("{ a: 2 }")], cancellationToken: Cancellation);

        var counted = await Collection.CountDocumentsAsync(Parse("{ a: 1 }"), cancellationToken: Cancellation);
        var estimated = await Collection.EstimatedDocumentCountAsync(cancellationToken: Cancellation);
        var distinct = await (await Collection.DistinctAsync<int>("a", Parse("{ }"), cancellationToken: Cancellation))
            .ToListAsync(Cancellation);

        Assert.Equal(2, counted);
        Assert.Equal(3, estimated);
        Assert.Equal([1, 2], distinct.Order());
    }
}
