using MongoDB.Bson;
using MongoDB.Driver;
using SessionManager.Testing.Server;

namespace SessionManager.TestServer.Tests.Gateway.FailPoints;

/// <summary>What only the gateway does: several fail points of a name, and no data that it does not know.</summary>
[Trait("Server", "Gateway")]
public sealed class FailPointScopeTests(ServerFixture server) : FailPointTests(server)
{
    [Fact]
    public async Task Scopes_AtOnce_DoNotTouchEachOther()
    {
        var otherName = AppName + "-other";
        using var otherClient = Connect(otherName);
        var other = otherClient.GetDatabase(Database.DatabaseNamespace.DatabaseName).GetCollection<BsonDocument>("things");
        await using var mine = await SetAsync(FailPointNames.FailCommand, "{ failCommands: ['insert'], errorCode: 8000 }");
        var theirs = await FailPoint.SetAsync(
            Server.Client,
            FailPointNames.FailCommand,
            new BsonDocument { { "failCommands", new BsonArray { "insert" } }, { "errorCode", 8001 }, { "appName", otherName } });

        var myFailure = await Assert.ThrowsAnyAsync<MongoCommandException>(() => InsertAsync(1));
        var theirFailure = await Assert.ThrowsAnyAsync<MongoCommandException>(
            () => other.InsertOneAsync(Parse("{ _id: 1 }"), cancellationToken: Cancellation));
        await theirs.DisposeAsync();
        await other.InsertOneAsync(Parse("{ _id: 2 }"), cancellationToken: Cancellation);
        await Assert.ThrowsAnyAsync<MongoCommandException>(() => InsertAsync(3));

        Assert.Equal((8000, 8001), (myFailure.Code, theirFailure.Code));
        Assert.Equal([2], await StoredIdsAsync());
        Assert.Equal((2, 1), (await mine.TurnOffAsync(), await theirs.TurnOffAsync()));
    }

    [Fact]
    public async Task Scope_ThatIsSetAgain_IsReplaced()
    {
        await using var first = await SetAsync(FailPointNames.FailCommand, "{ failCommands: ['insert'], errorCode: 8000 }");
        await Assert.ThrowsAnyAsync<MongoCommandException>(() => InsertAsync(1));
        await Assert.ThrowsAnyAsync<MongoCommandException>(() => InsertAsync(1));
        await using var second = await SetAsync(FailPointNames.FailCommand, "{ failCommands: ['insert'], errorCode: 8001 }");

        var failure = await Assert.ThrowsAnyAsync<MongoCommandException>(() => InsertAsync(1));

        Assert.Equal(8001, failure.Code);
        Assert.Equal(1, await second.TurnOffAsync());
    }

    [Fact]
    public async Task Skip_LetsTheFirstCommandsPass()
    {
        var admin = Server.Client.GetDatabase("admin");
        var command = Parse("{ configureFailPoint: 'failCommand', mode: { skip: 1 } }")
            .Add("data", new BsonDocument { { "failCommands", new BsonArray { "insert" } }, { "errorCode", 8000 }, { "appName", AppName } });
        await admin.RunCommandAsync<BsonDocument>(command, cancellationToken: Cancellation);

        await InsertAsync(1);
        await Assert.ThrowsAnyAsync<MongoCommandException>(() => InsertAsync(2));

        command["mode"] = "off";
        var off = await admin.RunCommandAsync<BsonDocument>(command, cancellationToken: Cancellation);
        Assert.Equal(1, off["count"].ToInt32());
    }

    [Theory]
    [InlineData(FailPointNames.FailCommand, "{ failCommands: ['insert'], errorcode: 1 }", "errorcode")]
    [InlineData(FailPointNames.FailCommand, "{ errorCode: 1 }", "failCommands")]
    [InlineData(FailPointNames.FailStatements, "{ }", "writeErrors")]
    [InlineData(FailPointNames.LoseReply, "{ failCommands: ['insert'], times: 1 }", "times")]
    public async Task Data_ThatAreNotKnownOrNotThere_AreRefused(string name, string data, string field)
    {
        var failure = await Assert.ThrowsAnyAsync<MongoCommandException>(() => SetAsync(name, data));

        Assert.Equal(2, failure.Code);
        Assert.Contains(field, failure.ErrorMessage, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{ configureFailPoint: 'failCommand', mode: 'sometimes' }", 2)]
    [InlineData("{ configureFailPoint: 'failCommand', mode: { often: 1 } }", 2)]
    [InlineData("{ configureFailPoint: 'failCommand' }", 2)]
    public async Task Mode_ThatIsNotKnown_IsRefused(string command, int code)
    {
        var failure = await Assert.ThrowsAnyAsync<MongoCommandException>(
            () => Server.Client.GetDatabase("admin").RunCommandAsync<BsonDocument>(Parse(command), cancellationToken: Cancellation));

        Assert.Equal(code, failure.Code);
    }

    [Fact]
    public async Task Database_ThatIsNotAdmin_IsRefused() =>
        Assert.Equal(13, (await FailAsync("{ configureFailPoint: 'failCommand', mode: 'off' }")).Code);
}
