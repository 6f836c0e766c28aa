using MongoDB.Bson;
using MongoDB.Driver;
using SessionManager.TestServer.Tests.Wire;

namespace SessionManager.TestServer.Tests.Gateway;

public sealed class LargeDocumentTests(ServerFixture server) : DatabaseTests(server)
{
    private const int Limit = 16 * 1024 * 1024;

    [Fact]
    public async Task Document_OfLargestSize_IsStoredAndReadBack()
    {
        var document = DocumentOf(Limit);

        await Collection.InsertOneAsync(document, cancellationToken: Cancellation);

        var found = await Collection.Find(Parse("{ _id: 1 }")).SingleAsync(Cancellation);
        Assert.Equal(document, found);
    }

    [Fact]
    public async Task Documents_TogetherLargerThanAMessage_AreStoredAndReadBack()
    {
        const int Count = 6;
        var documents = Enumerable.Range(1, Count).Select(id => DocumentOf(10_000_000, id)).ToList();

        await Collection.InsertManyAsync(documents, cancellationToken: Cancellation);

        Assert.Equal(documents, await FindAllAsync());
    }

    [Fact]
    public async Task Insert_OverTheLimit_IsTooLarge()
    {
        using var client = await WireClient.ConnectAsync(Server.Address, Cancellation);
        var command = Parse("{ insert: 'things' }").Add("$db", Database.DatabaseNamespace.DatabaseName);
        var documents = WireClient.Sequence("documents", DocumentOf(Limit + 1_000_000));

        await client.SendAsync(WireClient.Message(1, command, 0, documents), Cancellation);

        var answer = (await client.ReceiveAsync(Cancellation)).Document;
        var code = answer.TryGetValue("code", out var whole) ? whole : answer["writeErrors"][0]["code"];
        Assert.Equal(10334, code.ToInt32());
        Assert.Empty(await FindAllAsync());
    }

    [Fact]
    public async Task Update_OverTheLimit_IsTooLarge()
    {
        await Collection.InsertOneAsync(DocumentOf(10_000_000), cancellationToken: Cancellation);
        var update = new BsonDocument("$set", new BsonDocument("more", new BsonBinaryData(new byte[8_000_000])));

        var failure = await Assert.ThrowsAsync<MongoWriteException>(
            () => Collection.UpdateOneAsync(Parse("{ _id: 1 }"), update, cancellationToken: Cancellation));

        Assert.Contains(failure.WriteError.Code, new[] { 10334, 17419 });
        Assert.False((await FindAllAsync()).Single().Contains("more"));
    }

    private static BsonDocument DocumentOf(int size, int id = 1)
    {
        var document = new BsonDocument { { "_id", id }, { "fill", new BsonBinaryData([]) } };
        document["fill"] = new BsonBinaryData(new byte[size - document.ToBson().Length]);
        return document;
    }
}
