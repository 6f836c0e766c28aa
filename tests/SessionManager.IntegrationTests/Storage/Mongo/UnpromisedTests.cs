using Microsoft.Extensions.DependencyInjection;
using MongoDB.Bson;
using MongoDB.Driver.Core.Events;
using SessionManager.TestServer;

namespace SessionManager.IntegrationTests.Storage.Mongo;

/// <summary>
/// What no server promises: two reads that see the same, a majority that has what was just written, a delete that finds all.
/// </summary>
public sealed class UnpromisedTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    // Far beyond what anything here takes: it turns a hang into a failure.
    private static readonly TimeSpan Hang = TimeSpan.FromSeconds(60);

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
        var branch = (await storage.GetOrAddAgentAsync(_sessionId, agent, [], null, null, null, mustExist: false, Cancellation)).History.Branch;

        await storage.AppendMessagesAsync(_sessionId, branch, [Agents.User("0"), Agents.User("1")], null, null, onlyThere: false, Cancellation);
        var position = await storage.AppendMessageAsync(_sessionId, branch, Agents.User("2"), null, null, Cancellation);
        var loaded = await storage.GetOrAddAgentAsync(_sessionId, agent, [], null, null, null, mustExist: false, Cancellation);

        Assert.Equal(2, position);
        Assert.Equal(["0", "1", "2"], loaded.Messages.Select(message => message.Message.Text));
        Assert.Equal(3, await storage.GetMessageCountAsync(_sessionId, branch, Cancellation));
    }

    [Fact]
    public async Task Load_AgentReadLaterThanItsMessages_HasThoseBehindWhatIsLeftOut()
    {
        var agent = new StoredAgent { AgentId = "support", Model = "m" };
        var branch = (await Storage.GetOrAddAgentAsync(_sessionId, agent, [Agents.User("0")], null, null, null, mustExist: false, Cancellation)).History.Branch;
        using var areMessagesRead = new ManualResetEventSlim();
        var (isLoading, hasGoneOn) = (false, false);
        await using var sessions = await ProxiedSessions.StartAsync(
            database,
            subscribe: builder => builder.Subscribe<CommandSucceededEvent>(NoteMessages).Subscribe<CommandStartedEvent>(GoOnBetween));

        isLoading = true;
        var loaded = Agents.Support();
        await sessions.Factory.Create(_sessionId).InitializeAsync(loaded, Cancellation);

        Assert.Equal(3, loaded.RemovedMessageCount);
        Assert.Equal(["3", "4"], loaded.Messages.Select(message => message.Text));

        void NoteMessages(CommandSucceededEvent succeeded)
        {
            if (isLoading && succeeded.CommandName == "find" && succeeded.Reply["cursor"]["ns"] == database.Messages.CollectionNamespace.FullName)
            {
                areMessagesRead.Set();
            }
        }

        // Just before the command leaves.
        void GoOnBetween(CommandStartedEvent started)
        {
            if (isLoading && !hasGoneOn && started.CommandName == "find" && started.Command["find"] == database.Sessions.CollectionNamespace.CollectionName)
            {
                hasGoneOn = true;
                Assert.True(areMessagesRead.Wait(Hang, Cancellation));
                GoOnAsync().GetAwaiter().GetResult();
            }
        }

        async Task GoOnAsync()
        {
            await Storage.AppendMessagesAsync(_sessionId, branch, [.. Enumerable.Range(1, 4).Select(i => Agents.User($"{i}"))], 1, null, onlyThere: false, Cancellation);
            var summarized = new StoredAgent { AgentId = "support", ConversationManagerState = new() { ["removed_message_count"] = 3 } };
            await Storage.UpdateAgentAsync(_sessionId, summarized, null, Cancellation);
        }
    }

    [Fact]
    public async Task DeleteSessionAsync_DocumentsThatOneDeleteMisses_DeletesThemToo()
    {
        // As while a sharded cluster moves them.
        var (missed, isAdded) = (new BsonDocument(), false);
        await using var sessions = await ProxiedSessions.StartAsync(database, subscribe: builder => builder.Subscribe<CommandSucceededEvent>(AddMissed));
        await sessions.Storage.CreateSessionAsync(_sessionId, null, null, true, Cancellation);
        await sessions.Storage.AppendMessagesAsync(_sessionId, new AgentBranch("support", 0), [Agents.User("0"), Agents.User("1")], 0, null, onlyThere: false, Cancellation);
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
