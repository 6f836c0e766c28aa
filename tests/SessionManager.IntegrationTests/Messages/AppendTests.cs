using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using MongoDB.Bson;
using MongoDB.Driver;

namespace SessionManager.IntegrationTests.Messages;

public sealed class AppendTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    private readonly string _sessionId = DatabaseFixture.NewSessionId();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task AppendMessageAsync_PlainText_StoresTheDocumentFieldByField()
    {
        var (session, agent) = await StartAsync();

        var position = await session.AppendMessageAsync(new ChatMessage(ChatRole.User, "Hello") { MessageId = "m1" }, agent, Cancellation);

        Assert.Equal(0, position);
        var stored = Assert.Single(await database.FindMessagesAsync(_sessionId));
        var branch = (await database.BranchAsync(_sessionId)).Number;
        Assert.IsType<BsonObjectId>(stored["append_id"]);
        Assert.Equal(
            BsonDocument.Parse(
                $$"""
                {
                  "_id": "{{_sessionId}}/support/~{{branch:D10}}/0000000000",
                  "session_id": "{{_sessionId}}",
                  "agent_id": "support",
                  "message_id": 0,
                  "branch": {{branch}},
                  "append_id": {{stored["append_id"].ToJson()}},
                  "message": { "role": "user", "content": [{ "text": "Hello" }], "metadata": { "custom": { "messageId": "m1" } } },
                  "redact_message": null,
                  "created_at": {{stored["created_at"].ToJson()}},
                  "updated_at": {{stored["created_at"].ToJson()}}
                }
                """),
            stored);
    }

    [Fact]
    public async Task AppendMessageAsync_AfterReopening_ContinuesTheIds()
    {
        var (session, agent) = await StartAsync();
        await session.AppendMessageAsync(Agents.User(), agent, Cancellation);
        await session.AppendMessageAsync(Agents.Assistant(), agent, Cancellation);

        var withoutInitialize = await database.Factory.Create(_sessionId).AppendMessageAsync(Agents.User(), Agents.Support(), Cancellation);
        var (reopened, sameAgent) = await StartAsync();
        var withInitialize = await reopened.AppendMessageAsync(Agents.User(), sameAgent, Cancellation);

        Assert.Equal((2, 3), (withoutInitialize, withInitialize));
    }

    [Fact]
    public async Task AppendMessageAsync_UnknownSession_ThrowsAndStoresNothing()
    {
        var exception = await Assert.ThrowsAsync<SessionNotFoundException>(
            () => database.Factory.Create(_sessionId).AppendMessageAsync(Agents.User(), Agents.Support(), Cancellation));

        Assert.Equal($"Session {_sessionId} not found.", exception.Message);
        Assert.Empty(await database.FindMessagesAsync(_sessionId));
        Assert.Null(await database.Storage.GetSessionAsync(_sessionId, Cancellation));
    }

    [Fact]
    public async Task AppendMessageAsync_UnknownAgent_ThrowsAndStoresNothing()
    {
        var (session, _) = await StartAsync();

        var exception = await Assert.ThrowsAsync<AgentNotFoundException>(
            () => session.AppendMessageAsync(Agents.User(), Agents.Support("other"), Cancellation));

        Assert.Equal(("other", _sessionId), (exception.AgentId, exception.SessionId));
        Assert.Empty(await database.FindMessagesAsync(_sessionId, "other"));
        Assert.Single((await database.FindSessionAsync(_sessionId))["agents"].AsBsonDocument);
    }

    [Fact]
    public async Task AppendMessageAsync_TwoManagersAtOnce_GiveDistinctContiguousIds()
    {
        // Ids come from each process's memory in the reference, and two writers use the same ones (fault 11).
        const int Each = 500;
        await StartAsync();

        var ids = await Task.WhenAll(AppendAllAsync("a"), AppendAllAsync("b"));

        Assert.Equal(Enumerable.Range(0, 2 * Each), ids.SelectMany(some => some).Order());
        var stored = await database.FindMessagesAsync(_sessionId);
        Assert.Equal(Enumerable.Range(0, 2 * Each), stored.Select(message => message["message_id"].AsInt32));
        var texts = stored.Select(message => message["message"]["content"][0]["text"].AsString).ToArray();
        Assert.Equal(2 * Each, texts.Distinct().Count());
        Assert.Equal(Enumerable.Range(0, Each).Select(i => $"a{i}"), texts.Where(text => text[0] == 'a'));
        Assert.Equal(Enumerable.Range(0, Each).Select(i => $"b{i}"), texts.Where(text => text[0] == 'b'));

        async Task<List<int>> AppendAllAsync(string writer)
        {
            var (session, agent) = await StartAsync();
            var ids = new List<int>();
            for (var i = 0; i < Each; i++)
            {
                ids.Add(await session.AppendMessageAsync(Agents.User($"{writer}{i}"), agent, Cancellation));
            }

            return ids;
        }
    }

    [Fact]
    public async Task AppendMessageAsync_OneManagerManyTasks_KeepsTheOrderOfTheCalls()
    {
        var (session, agent) = await StartAsync();

        var ids = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => session.AppendMessageAsync(Agents.User($"m{i}"), agent, Cancellation)));

        Assert.Equal(Enumerable.Range(0, 100), ids);
        var texts = (await database.FindMessagesAsync(_sessionId)).Select(message => message["message"]["content"][0]["text"].AsString);
        Assert.Equal(Enumerable.Range(0, 100).Select(i => $"m{i}"), texts);
    }

    [Fact]
    public async Task AppendMessageAsync_TwoAgents_CountFromZeroEach()
    {
        var (session, agent) = await StartAsync();
        var other = Agents.Support("billing");
        await session.InitializeAsync(other, Cancellation);

        await session.AppendMessageAsync(Agents.User(), agent, Cancellation);
        var id = await session.AppendMessageAsync(Agents.User(), other, Cancellation);

        Assert.Equal(0, id);
    }

    [Fact]
    public async Task AppendMessageAsync_TooLarge_NamesSizeAndLimitAndLeavesTheSessionUsable()
    {
        var (session, agent) = await StartAsync();
        var large = new ChatMessage(ChatRole.User, new string('x', 16 * 1024 * 1024));

        var exception = await Assert.ThrowsAsync<MessageTooLargeException>(() => session.AppendMessageAsync(large, agent, Cancellation));

        Assert.Equal(16 * 1024 * 1024, exception.Limit);
        Assert.InRange(exception.Size, exception.Limit + 1, exception.Limit + 1000);
        Assert.Equal(0, await session.AppendMessageAsync(Agents.User(), agent, Cancellation));
    }

    [Fact]
    public async Task AppendMessageAsync_AtTheLimitToTheByte_IsStored()
    {
        var (session, agent) = await StartAsync();
        var tooLarge = await Assert.ThrowsAsync<MessageTooLargeException>(
            () => session.AppendMessageAsync(Agents.User(new string('x', 16 * 1024 * 1024)), agent, Cancellation));
        var overhead = (int)(tooLarge.Size - tooLarge.Limit);

        await Assert.ThrowsAsync<MessageTooLargeException>(
            () => session.AppendMessageAsync(Agents.User(new string('x', (16 * 1024 * 1024) - overhead + 1)), agent, Cancellation));
        await session.AppendMessageAsync(Agents.User(new string('x', (16 * 1024 * 1024) - overhead)), agent, Cancellation);

        using var stored = await database.Messages
            .Find(new BsonDocument("session_id", _sessionId))
            .Project(new ObjectProjectionDefinition<BsonDocument, RawBsonDocument>(new BsonDocument()))
            .SingleAsync(Cancellation);
        Assert.Equal(16 * 1024 * 1024, stored.Slice.Length);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task AppendMessageAsync_AnswerLost_StoresTheMessageOnce(int times)
    {
        await using var proxy = TcpProxy.Start(database.ConnectionString);
        await using var services = database.CreateServices(options => options.ConnectionString = proxy.ConnectionString);
        var session = services.GetRequiredService<ISessionManagerFactory>().Create(_sessionId);
        var agent = Agents.Support();
        await session.InitializeAsync(agent, Cancellation);
        await session.AppendMessageAsync(Agents.User("first"), agent, Cancellation);

        proxy.CutBeforeAnswerTo("the answer to this is lost", times);
        var id = await session.AppendMessageAsync(Agents.User("the answer to this is lost"), agent, Cancellation);
        var next = await session.AppendMessageAsync(Agents.User("last"), agent, Cancellation);

        Assert.Equal((1, 2), (id, next));
        Assert.Equal(
            ["first", "the answer to this is lost", "last"],
            (await database.FindMessagesAsync(_sessionId)).Select(message => message["message"]["content"][0]["text"].AsString));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task AppendMessageAsync_AnswerLostAndIdTakenMeanwhile_StoresBoth(int times)
    {
        // The message was not stored, and what stands under its id is another writer's.
        await using var proxy = TcpProxy.Start(database.ConnectionString);
        await using var services = database.CreateServices(options => options.ConnectionString = proxy.ConnectionString);
        var session = services.GetRequiredService<ISessionManagerFactory>().Create(_sessionId);
        var agent = Agents.Support();
        await session.InitializeAsync(agent, Cancellation);
        await database.Storage.AppendMessageAsync(_sessionId, await database.BranchAsync(_sessionId), Agents.User("other"), 0, null, Cancellation);

        proxy.CutBeforeAnswerTo("mine", times);
        var id = await session.AppendMessageAsync(Agents.User("mine"), agent, Cancellation);

        Assert.Equal(1, id);
        Assert.Equal(
            ["other", "mine"],
            (await database.FindMessagesAsync(_sessionId)).Select(message => message["message"]["content"][0]["text"].AsString));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task InitializeAsync_AnswerToFirstMessagesLost_StoresThemOnce(int times)
    {
        await using var proxy = TcpProxy.Start(database.ConnectionString);
        await using var services = database.CreateServices(options => options.ConnectionString = proxy.ConnectionString);
        var agent = Agents.Support();
        agent.Messages.Add(Agents.Assistant("first message"));
        agent.Messages.Add(Agents.Assistant("second message"));

        // The latest one is in the session, too, as its preview.
        proxy.CutBeforeAnswerTo("first message", times);
        var result = await services.GetRequiredService<ISessionManagerFactory>().Create(_sessionId).InitializeAsync(agent, Cancellation);

        Assert.Equal(new AgentInitialization { IsNewAgent = true, RestoredMessageCount = 0 }, result);
        Assert.Equal(
            ["first message", "second message"],
            (await database.FindMessagesAsync(_sessionId)).Select(message => message["message"]["content"][0]["text"].AsString));
    }

    [Fact]
    public async Task AppendMessageAsync_LinesCutAgainAndAgain_StoresEachAcknowledgedMessageOnce()
    {
        const int Count = 400;
        await using var proxy = TcpProxy.Start(database.ConnectionString);
        await using var services = database.CreateServices(options => options.ConnectionString = proxy.ConnectionString);
        var session = services.GetRequiredService<ISessionManagerFactory>().Create(_sessionId);
        var agent = Agents.Support();
        await session.InitializeAsync(agent, Cancellation);

        var acknowledged = new List<(int Id, string Text)>();
        for (var i = 0; i < Count; i++)
        {
            var append = session.AppendMessageAsync(Agents.User($"m{i}"), agent, Cancellation);
            if (i % 20 == 10)
            {
                proxy.CutAll();
            }

            acknowledged.Add((await append, $"m{i}"));
        }

        var stored = await database.FindMessagesAsync(_sessionId);
        Assert.Equal(
            acknowledged,
            stored.Select(message => (message["message_id"].AsInt32, message["message"]["content"][0]["text"].AsString)));
        Assert.Equal(Enumerable.Range(0, Count), acknowledged.Select(message => message.Id));
    }

    [Fact]
    public async Task AppendMessageAsync_Cancelled_StoresTheMessageOnceOrNotAtAll()
    {
        var (session, agent) = await StartAsync();
        var outcomes = new List<(string Text, bool Acknowledged)>();
        for (var i = 0; i < 100; i++)
        {
            using var cancellation = new CancellationTokenSource();
            var append = session.AppendMessageAsync(Agents.User($"m{i}"), agent, cancellation.Token);
            if (i % 2 == 0)
            {
                await cancellation.CancelAsync();
            }

            var error = await Record.ExceptionAsync(() => append);
            Assert.True(error is null or OperationCanceledException, error?.ToString());
            outcomes.Add(($"m{i}", error is null));
        }

        var stored = await database.FindMessagesAsync(_sessionId);
        var texts = stored.Select(message => message["message"]["content"][0]["text"].AsString).ToArray();
        Assert.Equal(Enumerable.Range(0, stored.Count), stored.Select(message => message["message_id"].AsInt32));
        Assert.Equal(texts.Length, texts.Distinct().Count());
        Assert.Subset(texts.ToHashSet(), outcomes.Where(outcome => outcome.Acknowledged).Select(outcome => outcome.Text).ToHashSet());
    }

    [Fact]
    public async Task AppendMessageAsync_CancelledBefore_SendsNothing()
    {
        var (session, agent) = await StartAsync();
        await session.AppendMessageAsync(Agents.User(), agent, Cancellation);
        database.Commands.Clear();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => session.AppendMessageAsync(Agents.User(), agent, new CancellationToken(canceled: true)));

        Assert.Empty(database.Commands.Names);
    }

    [Fact]
    public async Task AppendMessageAsync_DuplicateUnderAnIndexOfSomeoneElse_Throws()
    {
        await using var services = database.CreateServices(options => options.CollectionName = "indexed_by_others");
        // Indexes come at a time of their own: not while the test creates its own.
        await services.GetRequiredService<SessionStorageProvider>().DefaultStorage.PrepareAsync(Cancellation);
        var session = services.GetRequiredService<ISessionManagerFactory>().Create(_sessionId);
        var agent = Agents.Support();
        await session.InitializeAsync(agent, Cancellation);
        await session.AppendMessageAsync(Agents.User("same"), agent, Cancellation);
        await database.Database.GetCollection<BsonDocument>("indexed_by_others_messages").Indexes.CreateOneAsync(
            new CreateIndexModel<BsonDocument>(new BsonDocument("message.content.text", 1), new CreateIndexOptions { Unique = true }),
            cancellationToken: Cancellation);

        var exception = await Assert.ThrowsAsync<MongoWriteException>(() => session.AppendMessageAsync(Agents.User("same"), agent, Cancellation));

        Assert.Equal(ServerErrorCategory.DuplicateKey, exception.WriteError.Category);
        Assert.Equal(1, await session.AppendMessageAsync(Agents.User("different"), agent, Cancellation));
    }

    private async Task<(ISessionManager Session, SessionAgent Agent)> StartAsync()
    {
        var session = database.Factory.Create(_sessionId);
        var agent = Agents.Support();
        await session.InitializeAsync(agent, Cancellation);
        return (session, agent);
    }
}
