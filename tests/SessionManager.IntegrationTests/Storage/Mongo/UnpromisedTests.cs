using Microsoft.Extensions.DependencyInjection;
using MongoDB.Bson;
using MongoDB.Driver.Core.Events;
using SessionManager.TestServer;

namespace SessionManager.IntegrationTests.Storage.Mongo;

/// <summary>
/// What no server promises: a union's order, a majority that has what was just written, a delete that finds all.
/// </summary>
public sealed class UnpromisedTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    private readonly string _sessionId = DatabaseFixture.NewSessionId();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private SessionStorage Storage => database.Storage;

    [Fact]
    [Trait("Server", "Gateway")]
    public async Task Append_ClientThatReadsWhatAMajorityHas_SeesItsOwnMessages()
    {
        await using var services = database.CreateServices(options => options.ConnectionString += "&readConcernLevel=majority");
        var storage = services.GetRequiredService<SessionStorageProvider>().DefaultStorage;
        await using var lag = await FailPoint.SetAsync(database.Database.Client, FailPointNames.LagMajorityReads, new BsonDocument("namespace", database.Messages.CollectionNamespace.FullName));
        var agent = new StoredAgent { AgentId = "support", Model = "m" };
        await storage.GetOrAddAgentAsync(_sessionId, agent, [], null, null, Cancellation);

        await storage.AppendMessagesAsync(_sessionId, "support", [Agents.User("0"), Agents.User("1")], null, null, Cancellation);
        var position = await storage.AppendMessageAsync(_sessionId, "support", Agents.User("2"), null, null, Cancellation);
        var loaded = await storage.GetOrAddAgentAsync(_sessionId, agent, [], null, null, Cancellation);

        Assert.Equal(2, position);
        Assert.Equal(["0", "1", "2"], loaded.Messages.Select(message => message.Message.Text));
        Assert.Equal(3, await storage.GetMessageCountAsync(_sessionId, "support", Cancellation));
    }

    [Theory]
    [Trait("Server", "Gateway")]
    [InlineData("last")]
    [InlineData("mixed")]
    public async Task Load_UnionInAnotherOrder_HasTheMessagesInTheirs(string order)
    {
        await Storage.AppendMessagesAsync(_sessionId, "support", [.. Enumerable.Range(0, 20).Select(i => Agents.User($"{i}"))], 0, null, Cancellation);
        var agent = new StoredAgent { AgentId = "support", Model = "m" };
        await Storage.GetOrAddAgentAsync(_sessionId, agent, [], null, null, Cancellation);
        await using var shuffled = await FailPoint.SetAsync(
            database.Database.Client,
            FailPointNames.ReorderUnion,
            new BsonDocument { { "namespace", database.Sessions.CollectionNamespace.FullName }, { "order", order } });

        var loaded = await Storage.GetOrAddAgentAsync(_sessionId, agent, [], null, null, Cancellation);

        Assert.True(await shuffled.TurnOffAsync() > 0);
        Assert.Equal(Enumerable.Range(0, 20), loaded.Messages.Select(message => message.Position));
    }

    [Fact]
    public async Task DeleteSessionAsync_DocumentsThatOneDeleteMisses_DeletesThemToo()
    {
        // As while a sharded cluster moves them.
        var (missed, isAdded) = (new BsonDocument(), false);
        await using var sessions = await ProxiedSessions.StartAsync(database, subscribe: builder => builder.Subscribe<CommandSucceededEvent>(AddMissed));
        await sessions.Storage.CreateSessionAsync(_sessionId, null, Cancellation);
        await sessions.Storage.AppendMessagesAsync(_sessionId, "support", [Agents.User("0"), Agents.User("1")], 0, null, Cancellation);
        missed = (await database.FindMessagesAsync(_sessionId))[1];

        await sessions.Storage.DeleteSessionAsync(_sessionId, Cancellation);

        Assert.True(isAdded);
        Assert.Empty(await database.FindMessagesAsync(_sessionId));

        void AddMissed(CommandSucceededEvent succeeded)
        {
            if (succeeded.CommandName == "delete" && !isAdded)
            {
                isAdded = true;
                database.Messages.InsertOne(missed, options: null, Cancellation);
            }
        }
    }
}
