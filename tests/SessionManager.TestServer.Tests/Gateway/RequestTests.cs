using MongoDB.Bson;
using SessionManager.TestServer.Gateway;
using SessionManager.TestServer.Tests.Wire;

namespace SessionManager.TestServer.Tests.Gateway;

public sealed class RequestTests
{
    private static readonly BsonDocument Insert = new()
    {
        { "insert", "things" },
        { "ordered", true },
        { "lsid", new BsonDocument("id", 1) },
        { "$db", "shop" },
        { "writeConcern", new BsonDocument("w", 1) },
    };

    [Fact]
    public void Parse_WithChecksum_LeavesItOut()
    {
        byte[] message = [.. WireClient.Message(1, Insert, WireClient.ChecksumPresent), 1, 2, 3, 4];
        BitConverter.TryWriteBytes(message, message.Length);

        var request = Request.Parse(message);

        Assert.Equal(Insert.ToBson(), request.Command.ToArray());
        Assert.Null(request.Sequence);
    }

    [Fact]
    public void Parse_WithSequence_TakesItsDocuments()
    {
        var documents = new[] { new BsonDocument("_id", 1), new BsonDocument("_id", 2) };

        var request = Request.Parse(
            WireClient.Message(1, Insert, 0, WireClient.Sequence("documents", documents)));

        Assert.Equal(documents.SelectMany(document => document.ToBson()), request.Sequence!.Value.ToArray());
    }

    [Fact]
    public void Parse_WithMoreToCome_WantsNoReply()
    {
        Assert.False(Request.Parse(WireClient.Message(1, Insert, WireClient.MoreToCome)).WantsReply);
        Assert.True(Request.Parse(WireClient.Message(1, Insert)).WantsReply);
    }

    [Fact]
    public void Parse_WithAnyDamage_EitherParsesOrRefuses()
    {
        var random = new Random(1);
        var sequence = WireClient.Sequence("documents", new BsonDocument("_id", 1), new BsonDocument("_id", 2));
        for (var i = 0; i < 20_000; i++)
        {
            var message = WireClient.Message(1, Insert, 0, sequence);
            message[random.Next(12, message.Length)] = (byte)random.Next(256);

            var failure = Record.Exception(() => Command.From(Request.Parse(message)));

            Assert.True(failure is null or WireProtocolException or CommandException, $"{failure}");
        }
    }

    [Fact]
    public void From_TakesOutWhatConcernsTheSession()
    {
        var command = Command.From(Request.Parse(WireClient.Message(1, Insert)));

        Assert.Equal("insert", command.Name);
        Assert.Equal("things", command.Target);
        Assert.Equal("shop", command.Database);
        Assert.Equal(BsonDocument.Parse("{ insert: 'things', ordered: true }"), command.ToDocument());
    }
}
