using MongoDB.Bson;
using MongoDB.Driver;

namespace SessionManager.TestServer.Tests.Gateway;

public sealed class NamespaceTests(ServerFixture server) : DatabaseTests(server)
{
    [Fact]
    public async Task Collections_AreListedUntilDropped()
    {
        await Database.CreateCollectionAsync("made", cancellationToken: Cancellation);
        await Collection.InsertOneAsync(Parse("{ _id: 1 }"), cancellationToken: Cancellation);
        var before = await (await Database.ListCollectionNamesAsync(cancellationToken: Cancellation))
            .ToListAsync(Cancellation);

        await Database.DropCollectionAsync("made", Cancellation);
        await Database.DropCollectionAsync("never_there", Cancellation);

        var after = await (await Database.ListCollectionNamesAsync(cancellationToken: Cancellation))
            .ToListAsync(Cancellation);
        Assert.Equal(["made", "things"], before.Order());
        Assert.Equal(["things"], after);
    }

    [Fact]
    public async Task Databases_AreListedUntilDropped()
    {
        var name = Database.DatabaseNamespace.DatabaseName;
        await Collection.InsertOneAsync(Parse("{ _id: 1 }"), cancellationToken: Cancellation);
        var before = await (await Server.Client.ListDatabaseNamesAsync(Cancellation)).ToListAsync(Cancellation);

        await Server.Client.DropDatabaseAsync(name, Cancellation);

        var after = await (await Server.Client.ListDatabaseNamesAsync(Cancellation)).ToListAsync(Cancellation);
        Assert.Contains(name, before);
        Assert.DoesNotContain(name, after);
    }

    [Fact]
    public async Task Indexes_OnCollectionWithDocuments_AreThereAtOnce()
    {
        await Collection.InsertOneAsync(Parse("{ _id: 1, at: 1 }"), cancellationToken: Cancellation);

        var created = await RunAsync(
            """
            {
              createIndexes: 'things',
              indexes: [
                { key: { a: 1, b: -1 }, name: 'compound' },
                { key: { at: 1 }, name: 'ttl', expireAfterSeconds: 3600 },
                { key: { c: 1 }, name: 'partial', partialFilterExpression: { c: { $exists: true } } }
              ]
            }
            """);
        var again = await RunAsync("{ createIndexes: 'things', indexes: [ { key: { a: 1, b: -1 }, name: 'compound' } ] }");
        var indexes = (await (await Collection.Indexes.ListAsync(Cancellation)).ToListAsync(Cancellation))
            .ToDictionary(index => index["name"].AsString);

        Assert.Equal(1, created["numIndexesBefore"].ToInt32());
        Assert.Equal(4, created["numIndexesAfter"].ToInt32());
        Assert.Equal(4, again["numIndexesAfter"].ToInt32());
        Assert.Equal(["_id_", "compound", "partial", "ttl"], indexes.Keys.Order());
        Assert.Equal(Parse("{ a: 1, b: -1 }"), indexes["compound"]["key"]);
        Assert.Equal(3600, indexes["ttl"]["expireAfterSeconds"].ToInt32());
        Assert.Equal(Parse("{ c: { $exists: true } }"), indexes["partial"]["partialFilterExpression"]);
    }

    [Fact]
    public async Task Indexes_Dropped_AreGone()
    {
        await RunAsync("{ createIndexes: 'things', indexes: [ { key: { a: 1 }, name: 'a_1' } ] }");

        var dropped = await RunAsync("{ dropIndexes: 'things', index: 'a_1' }");

        var index = Assert.Single(await (await Collection.Indexes.ListAsync(Cancellation)).ToListAsync(Cancellation));
        Assert.Equal("_id_", index["name"].AsString);
        Assert.Equal(2, dropped["nIndexesWas"].ToInt32());
    }

    [Fact]
    public async Task Collection_Renamed_KeepsItsDocuments()
    {
        await Collection.InsertOneAsync(Parse("{ _id: 1 }"), cancellationToken: Cancellation);

        await Database.RenameCollectionAsync("things", "renamed", cancellationToken: Cancellation);

        Assert.Empty(await FindAllAsync());
        Assert.Equal(1, await Database.GetCollection<BsonDocument>("renamed")
            .CountDocumentsAsync(FilterDefinition<BsonDocument>.Empty, cancellationToken: Cancellation));
    }
}
