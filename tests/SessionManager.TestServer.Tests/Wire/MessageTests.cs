using MongoDB.Bson;

namespace SessionManager.TestServer.Tests.Wire;

public sealed class MessageTests(ServerFixture server) : DatabaseTests(server)
{
    private BsonDocument Command(string json) =>
        Parse(json).Add("$db", Database.DatabaseNamespace.DatabaseName);

    private Task<WireClient> ConnectAsync() => WireClient.ConnectAsync(Server.Address, Cancellation);

    [Fact]
    public async Task Message_ByteByByte_IsAnswered()
    {
        using var client = await ConnectAsync();
        var message = WireClient.Message(7, Command("{ ping: 1 }"));

        foreach (var single in message)
        {
            await client.SendAsync(new[] { single }, Cancellation);
        }

        var answer = await client.ReceiveAsync(Cancellation);
        Assert.Equal(7, answer.ResponseTo);
        Assert.Equal(WireClient.OpMsg, answer.Operation);
        Assert.Equal(1, answer.Document["ok"].ToInt32());
    }

    [Fact]
    public async Task Messages_InOneWrite_AreAnsweredInOrder()
    {
        // Without a query, a count is an estimate.
        using var client = await ConnectAsync();
        byte[] messages =
        [
            .. WireClient.Message(1, Command("{ insert: 'things', documents: [ { _id: 1 } ] }")),
            .. WireClient.Message(2, Command("{ count: 'things', query: { _id: 1 } }")),
            .. WireClient.Message(3, Command("{ delete: 'things', deletes: [ { q: { _id: 1 }, limit: 1 } ] }")),
            .. WireClient.Message(4, Command("{ count: 'things', query: { _id: 1 } }")),
        ];

        await client.SendAsync(messages, Cancellation);

        var answers = new List<WireClient.Answer>();
        while (answers.Count < 4)
        {
            answers.Add(await client.ReceiveAsync(Cancellation));
        }

        Assert.Equal([1, 2, 3, 4], answers.Select(answer => answer.ResponseTo));
        Assert.Equal([1, 1, 1, 0], answers.Select(answer => answer.Document["n"].ToInt32()));
    }

    [Fact]
    public async Task Messages_CutAnywhere_AreAnswered()
    {
        using var client = await ConnectAsync();
        byte[] messages =
        [
            .. WireClient.Message(1, Command("{ ping: 1 }")), .. WireClient.Message(2, Command("{ ping: 1 }")),
        ];

        for (var cut = 1; cut < messages.Length; cut++)
        {
            await client.SendAsync(messages.AsMemory(0, cut), Cancellation);
            await client.SendAsync(messages.AsMemory(cut), Cancellation);
            Assert.Equal(1, (await client.ReceiveAsync(Cancellation)).ResponseTo);
            Assert.Equal(2, (await client.ReceiveAsync(Cancellation)).ResponseTo);
        }
    }

    [Fact]
    public async Task Message_WithDocumentSequence_WritesEveryDocument()
    {
        using var client = await ConnectAsync();
        var sequence = WireClient.Sequence("documents", Parse("{ _id: 1 }"), Parse("{ _id: 2 }"), Parse("{ _id: 3 }"));

        await client.SendAsync(WireClient.Message(1, Command("{ insert: 'things' }"), 0, sequence), Cancellation);

        Assert.Equal(3, (await client.ReceiveAsync(Cancellation)).Document["n"].ToInt32());
        Assert.Equal([1, 2, 3], (await FindAllAsync()).Select(document => document["_id"].AsInt32));
    }

    [Fact]
    public async Task Message_WithMoreToCome_IsRunButNotAnswered()
    {
        using var client = await ConnectAsync();
        var silent = Command("{ insert: 'things', documents: [ { _id: 1 } ], writeConcern: { w: 0 } }");

        await client.SendAsync(WireClient.Message(1, silent, WireClient.MoreToCome), Cancellation);
        await client.SendAsync(WireClient.Message(2, Command("{ count: 'things', query: { _id: 1 } }")), Cancellation);

        var answer = await client.ReceiveAsync(Cancellation);
        Assert.Equal(2, answer.ResponseTo);
        Assert.Equal(1, answer.Document["n"].ToInt32());
    }

    [Theory]
    [InlineData(15)]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(48_000_001)]
    public async Task Message_OfImpossibleLength_ClosesConnection(int length)
    {
        using var client = await ConnectAsync();
        var message = WireClient.Message(1, Command("{ ping: 1 }"));
        BitConverter.TryWriteBytes(message, length);

        await client.SendAsync(message, Cancellation);

        await client.ReceiveEndAsync(Cancellation);
    }

    [Fact]
    public async Task Message_OfUnknownOperation_ClosesConnection()
    {
        using var client = await ConnectAsync();

        await client.SendAsync(WireClient.Frame(1, 1999, new byte[20]), Cancellation);

        await client.ReceiveEndAsync(Cancellation);
    }

    [Fact]
    public async Task Connection_ThatEndsInAMessage_LeavesTheOthersAlone()
    {
        using var other = await ConnectAsync();
        using (var client = await ConnectAsync())
        {
            await client.SendAsync(WireClient.Message(1, Command("{ ping: 1 }")).AsMemory(0, 20), Cancellation);
        }

        await other.SendAsync(WireClient.Message(2, Command("{ ping: 1 }")), Cancellation);

        Assert.Equal(1, (await other.ReceiveAsync(Cancellation)).Document["ok"].ToInt32());
    }

    [Theory]
    [InlineData("isMaster", "ismaster")]
    [InlineData("ismaster", "ismaster")]
    [InlineData("hello", "isWritablePrimary")]
    public async Task Query_Hello_IsAnsweredInKind(string command, string field)
    {
        using var client = await ConnectAsync();

        await client.SendAsync(
            WireClient.Query(9, "admin.$cmd", new BsonDocument { { command, 1 }, { "helloOk", true } }), Cancellation);

        var answer = await client.ReceiveAsync(Cancellation);
        Assert.Equal(9, answer.ResponseTo);
        Assert.Equal(WireClient.OpReply, answer.Operation);
        Assert.True(answer.Document[field].AsBoolean);
        Assert.True(answer.Document["helloOk"].AsBoolean);
        Assert.Equal(16 * 1024 * 1024, answer.Document["maxBsonObjectSize"].ToInt32());
    }

    [Fact]
    public async Task Query_OtherThanHello_IsRefused()
    {
        using var client = await ConnectAsync();

        await client.SendAsync(
            WireClient.Query(9, "admin.$cmd", new BsonDocument("listDatabases", 1)), Cancellation);

        var answer = await client.ReceiveAsync(Cancellation);
        Assert.Equal(0, answer.Document["ok"].ToInt32());
        Assert.Equal(352, answer.Document["code"].ToInt32());
    }

    [Fact]
    public async Task Hello_AnnouncesNoCompressionUnasked()
    {
        var hello = await RunAsync("{ hello: 1 }");

        Assert.False(hello.Contains("compression"));
    }
}
