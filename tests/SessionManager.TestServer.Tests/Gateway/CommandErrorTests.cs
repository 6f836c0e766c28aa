using MongoDB.Bson;
using MongoDB.Driver;
using SessionManager.TestServer.Tests.Wire;

namespace SessionManager.TestServer.Tests.Gateway;

public sealed class CommandErrorTests(ServerFixture server) : DatabaseTests(server)
{
    [Fact]
    public async Task UnknownCommand_IsCommandNotFound()
    {
        var failure = await FailAsync("{ noSuchCommand: 1 }");

        Assert.Equal(59, failure.Code);
        Assert.Equal("CommandNotFound", failure.CodeName);
        Assert.Contains("noSuchCommand", failure.ErrorMessage, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{ find: 'things', filter: { a: { $unknownOperator: 1 } } }", 2, "BadValue")]
    [InlineData("{ createIndexes: 'things', indexes: [ { key: { other: 1 }, name: 'a_1' } ] }", 86, "IndexKeySpecsConflict")]
    [InlineData("{ createIndexes: 'things', indexes: [ { key: { a: 1 }, name: 'other' } ] }", 85, "IndexOptionsConflict")]
    [InlineData("{ dropIndexes: 'things', index: 'nowhere' }", 27, "IndexNotFound")]
    [InlineData("{ dropIndexes: 'nowhere', index: 'a_1' }", 26, "NamespaceNotFound")]
    [InlineData("{ listIndexes: 'nowhere' }", 26, "NamespaceNotFound")]
    [InlineData("{ killCursors: 'things' }", 40414, "Location40414")]
    [InlineData("{ collMod: 'nowhere' }", 26, "NamespaceNotFound")]
    [InlineData("{ findAndModify: 'things', query: { _id: 1 }, update: { $set: { 'a.b': 1 } } }", 28, "PathNotViable")]
    [InlineData("{ findAndModify: 'things', query: { _id: 1 }, update: { $set: { _id: 2 } } }", 66, "ImmutableField")]
    [InlineData("{ findAndModify: 'things', query: { _id: 1 }, update: { $set: { a: 1 }, $inc: { a: 1 } } }", 40, "ConflictingUpdateOperators")]
    [InlineData("{ findAndModify: 'things', query: { _id: 1 }, update: { $inc: { text: 1 } } }", 14, "TypeMismatch")]
    public async Task Command_ThatFails_HasMongoDbsCode(string command, int code, string codeName)
    {
        await Collection.InsertOneAsync(Parse("{ _id: 1, a: 1, text: 'x' }"), cancellationToken: Cancellation);
        await RunAsync("{ createIndexes: 'things', indexes: [ { key: { a: 1 }, name: 'a_1' } ] }");

        var failure = await FailAsync(command);

        Assert.Equal(code, failure.Code);
        Assert.Equal(codeName, failure.CodeName);
    }

    [Theory]
    [InlineData("{ $set: { 'a.b': 1 } }", 28)]
    [InlineData("{ $set: { _id: 2 } }", 66)]
    [InlineData("{ $inc: { text: 1 } }", 14)]
    public async Task Update_ThatFails_HasMongoDbsCode(string update, int code)
    {
        await Collection.InsertOneAsync(Parse("{ _id: 1, a: 1, text: 'x' }"), cancellationToken: Cancellation);

        var failure = await Assert.ThrowsAsync<MongoWriteException>(
            () => Collection.UpdateOneAsync(Parse("{ _id: 1 }"), Parse(update), cancellationToken: Cancellation));

        Assert.Equal(code, failure.WriteError.Code);
    }

    [Fact]
    public async Task Command_WithTransactionNumber_IsRefusedByAStandalone()
    {
        var hello = await RunAsync("{ hello: 1 }");
        using var client = await WireClient.ConnectAsync(Server.Address, Cancellation);
        var insert = new BsonDocument
        {
            { "insert", "things" },
            { "documents", new BsonArray { Parse("{ _id: 1 }") } },
            { "lsid", new BsonDocument("id", new BsonBinaryData(Guid.NewGuid(), GuidRepresentation.Standard)) },
            { "txnNumber", 1L },
            { "$db", Database.DatabaseNamespace.DatabaseName },
        };

        await client.SendAsync(WireClient.Message(1, insert), Cancellation);

        var answer = await client.ReceiveAsync(Cancellation);
        var isStandalone = !hello.Contains("setName") && !hello.Contains("msg");
        Assert.Equal(isStandalone, answer.Document.GetValue("code", 0).ToInt32() == 20);
        Assert.Equal(isStandalone ? 0 : 1, (await FindAllAsync()).Count);
    }
}
