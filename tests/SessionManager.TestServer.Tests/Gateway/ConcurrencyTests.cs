using MongoDB.Driver;
using SessionManager.TestServer.Tests.Wire;

namespace SessionManager.TestServer.Tests.Gateway;

public sealed class ConcurrencyTests(ServerFixture server) : DatabaseTests(server)
{
    private const int Connections = 64;
    private const int CommandsEach = 20;

    [Fact]
    public async Task Connections_ManyAtOnce_AllGetTheirOwnAnswers()
    {
        await Collection.InsertOneAsync(Parse("{ _id: 'counter', n: 0 }"), cancellationToken: Cancellation);
        var clients = await Task.WhenAll(
            Enumerable.Range(0, Connections).Select(_ => WireClient.ConnectAsync(Server.Address, Cancellation)));

        var seen = await Task.WhenAll(clients.Select(CountUpAsync));

        Assert.Equal(Enumerable.Range(1, Connections * CommandsEach), seen.SelectMany(values => values).Order());
        Array.ForEach(clients, client => client.Dispose());
    }

    [Fact]
    public async Task Upserts_OfOneDocument_MakeOneDocument()
    {
        var update = Parse("{ $inc: { n: 1 } }");
        var options = new UpdateOptions { IsUpsert = true };

        await Task.WhenAll(Enumerable.Range(0, Connections).Select(_ =>
            Collection.UpdateOneAsync(Parse("{ _id: 1 }"), update, options, Cancellation)));

        Assert.Equal([Parse($"{{ _id: 1, n: {Connections} }}")], await FindAllAsync());
    }

    private async Task<List<int>> CountUpAsync(WireClient client)
    {
        var values = new List<int>();
        for (var i = 0; i < CommandsEach; i++)
        {
            var command = Parse(
                "{ findAndModify: 'things', query: { _id: 'counter' }, update: { $inc: { n: 1 } }, new: true }");
            command["$db"] = Database.DatabaseNamespace.DatabaseName;
            await client.SendAsync(WireClient.Message(i, command), Cancellation);
            var answer = await client.ReceiveAsync(Cancellation);
            Assert.Equal(i, answer.ResponseTo);
            values.Add(answer.Document["value"]["n"].ToInt32());
        }

        return values;
    }
}
