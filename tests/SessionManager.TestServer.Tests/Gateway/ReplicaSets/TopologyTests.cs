using MongoDB.Bson;
using MongoDB.Driver;
using MongoDB.Driver.Core.Servers;

namespace SessionManager.TestServer.Tests.Gateway.ReplicaSets;

public sealed class TopologyTests(ReplicaSetFixture replicaSet) : ReplicaSetTests(replicaSet)
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Driver_SeesAReplicaSet_AndItsPrimary(bool isDirect)
    {
        using var client = Connect(settings => settings.DirectConnection = isDirect);

        await CollectionOf(client).InsertOneAsync(Parse("{ _id: 1 }"), cancellationToken: Cancellation);

        var server = Assert.Single(client.Cluster.Description.Servers);
        Assert.Equal(ServerType.ReplicaSetPrimary, server.Type);
        Assert.Equal(isDirect, client.Cluster.Description.DirectConnection);
        Assert.Contains("replicaSet=", ConnectionString, StringComparison.Ordinal);
        Assert.DoesNotContain("directConnection", ConnectionString, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hello_NamesTheSetAndItsMember()
    {
        var address = MongoUrl.Create(ConnectionString).Server.ToString();

        var hello = await Collection.Database.RunCommandAsync<BsonDocument>(Parse("{ hello: 1 }"), cancellationToken: Cancellation);

        Assert.Equal(MongoUrl.Create(ConnectionString).ReplicaSetName, hello["setName"]);
        Assert.Equal([address], hello["hosts"].AsBsonArray.Select(host => host.AsString));
        Assert.Equal((address, address), (hello["me"].AsString, hello["primary"].AsString));
        Assert.True(hello["isWritablePrimary"].AsBoolean);
    }

    [Fact]
    public async Task Times_OfReplies_GoForward()
    {
        var times = new List<BsonTimestamp>();
        for (var i = 0; i < 100; i++)
        {
            var reply = await SendAsync(Guid.NewGuid(), 1, $"{{ insert: 'things', documents: [ {{ _id: {i} }} ] }}");
            Assert.Equal(reply["operationTime"], reply["$clusterTime"]["clusterTime"]);
            times.Add(reply["operationTime"].AsBsonTimestamp);
        }

        Assert.Equal(times.Distinct().Order(), times);
    }

    [Fact]
    public async Task Session_WithCausalConsistency_ReadsItsWrites()
    {
        using var client = Connect();
        using var session = await client.StartSessionAsync(new ClientSessionOptions { CausalConsistency = true }, Cancellation);
        var collection = CollectionOf(client).WithReadConcern(ReadConcern.Majority).WithWriteConcern(WriteConcern.WMajority);

        await collection.InsertOneAsync(session, Parse("{ _id: 1 }"), cancellationToken: Cancellation);

        Assert.Single(await collection.Find(session, Parse("{ _id: 1 }")).ToListAsync(Cancellation));
        Assert.NotNull(session.OperationTime);
    }
}
