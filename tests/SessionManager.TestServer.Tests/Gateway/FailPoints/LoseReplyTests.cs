using MongoDB.Driver;

namespace SessionManager.TestServer.Tests.Gateway.FailPoints;

[Trait("Server", "Gateway")]
public sealed class LoseReplyTests(ServerFixture server) : FailPointTests(server)
{
    [Fact]
    public async Task Reply_IsLostAsOftenAsSaid_AndTheCommandExecuted()
    {
        await using var failPoint = await SetAsync(FailPointNames.LoseReply, "{ failCommands: ['insert'] }", times: 2);

        await Assert.ThrowsAsync<MongoConnectionException>(() => InsertAsync(1));
        await Assert.ThrowsAsync<MongoConnectionException>(() => InsertAsync(2));
        await InsertAsync(3);

        Assert.Equal([1, 2, 3], await StoredIdsAsync());
        Assert.Equal(2, await failPoint.TurnOffAsync());
    }

    [Fact]
    public async Task Reply_ThatIsAnError_IsLostToo()
    {
        await Collection.InsertOneAsync(Parse("{ _id: 1, a: [ 1 ] }"), cancellationToken: Cancellation);
        await using var failPoint = await SetAsync(FailPointNames.LoseReply, "{ failCommands: ['findAndModify'] }", times: 1);

        await Assert.ThrowsAsync<MongoConnectionException>(CountUpAsync);
        await Assert.ThrowsAsync<MongoCommandException>(CountUpAsync);

        Task CountUpAsync() =>
            Faulty.FindOneAndUpdateAsync(Parse("{ _id: 1 }"), Parse("{ $inc: { a: 1 } }"), cancellationToken: Cancellation);
    }
}
