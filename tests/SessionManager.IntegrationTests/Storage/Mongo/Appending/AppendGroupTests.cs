using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using MongoDB.Bson;
using MongoDB.Driver;
using MongoDB.Driver.Core.Events;
using SessionManager.Internal.Storage.Mongo.Appending;

namespace SessionManager.IntegrationTests.Storage.Mongo.Appending;

public sealed class AppendGroupTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>, IAsyncLifetime
{
    private const int Count = 100;

    // Far beyond what anything here takes: it turns a hang into a failure.
    private static readonly TimeSpan Hang = TimeSpan.FromSeconds(60);

    private readonly string _prefix = DatabaseFixture.NewSessionId();
    private ProxiedSessions _sessions = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _sessions = await ProxiedSessions.StartAsync(database);

    public ValueTask DisposeAsync() => _sessions.DisposeAsync();

    [Fact]
    public async Task AppendMessageAsync_NothingInFlight_GoesAtOnceByItself()
    {
        await AppendAsync(0);
        await AppendAsync(1);

        Assert.All(_sessions.Inserts, insert => Assert.Single(insert["documents"].AsBsonArray));
        Assert.Equal(2, _sessions.Inserts.Count);
    }

    [Fact]
    public async Task AppendMessageAsync_ManyWhileInsertsAreInFlight_GoTogether()
    {
        var (hold, first) = await HoldAsync();
        var rest = AppendAll(Count).Reverse().ToArray();

        Assert.All(first.Concat(rest), append => Assert.False(append.IsCompleted));
        Assert.InRange(_sessions.Inserts.Count, 1, MessageInserter.MaxCommands);
        hold.Release();

        Assert.All(await Task.WhenAll(first.Concat(rest)).WaitAsync(Hang, Cancellation), id => Assert.Equal(0, id));
        var groups = _sessions.Inserts.Where(insert => insert["documents"].AsBsonArray.Count > 1).ToArray();
        Assert.Equal(Count, groups.Sum(insert => insert["documents"].AsBsonArray.Count));
        Assert.InRange(groups.Length, 1, 8);
        Assert.All(groups, insert => Assert.False(insert["ordered"].AsBoolean));
        Assert.Equal(MessageInserter.MaxCommands + groups.Length, _sessions.Inserts.Count);

        // In one order, so that two processes never wait for each other.
        Assert.All(groups, insert => Assert.Equal(SessionIds(insert).Order(StringComparer.Ordinal), SessionIds(insert)));
        await AssertStoredAsync(Enumerable.Range(0, Count));
    }

    [Fact]
    public async Task AppendMessageAsync_FactoriesAndSettingsOfAllKinds_GoTogether()
    {
        var settings = new SessionManagerOptions { ApplicationName = "other", DatabaseName = database.DatabaseName };
        using var scope = _sessions.Services.CreateScope();
        ISessionManager[] managers =
        [
            _sessions.Factory.Create($"{_prefix}-0"),
            _sessions.Factory.Create($"{_prefix}-1", settings),
            scope.ServiceProvider.GetRequiredService<ISessionManagerFactory>().Create($"{_prefix}-2"),
        ];
        foreach (var manager in managers)
        {
            await manager.InitializeAsync(Agents.Support(), Cancellation);
        }

        var (hold, first) = await HoldAsync();
        var rest = managers.Select((manager, i) => manager.AppendMessageAsync(Agents.User($"m{i}"), Agents.Support(), Cancellation)).ToArray();
        hold.Release();
        await Task.WhenAll(first.Concat(rest)).WaitAsync(Hang, Cancellation);

        // Not the last one: an insert in flight may still have been on its way to a connection of its own.
        Assert.Contains(_sessions.Inserts, insert => insert["documents"].AsBsonArray.Count == 3);
    }

    [Fact]
    public async Task AppendMessageAsync_OtherCollection_GroupsOfItsOwn()
    {
        var settings = new SessionManagerOptions { CollectionName = "others" };
        var managers = Enumerable.Range(0, Count).Select(i => _sessions.Factory.Create($"{_prefix}-{i}", settings)).ToArray();
        await Task.WhenAll(managers.Select(manager => manager.InitializeAsync(Agents.Support(), Cancellation)));
        await managers[0].AppendMessageAsync(Agents.User("creates the indexes"), Agents.Support(), Cancellation);
        _sessions.Commands.Clear();

        await Task.WhenAll(managers[1..].Select(manager => manager.AppendMessageAsync(Agents.User(), Agents.Support(), Cancellation)));

        Assert.InRange(_sessions.Inserts.Count, 1, Count / 2);
        Assert.All(_sessions.Inserts, insert => Assert.Equal("others_messages", insert[0].AsString));
    }

    [Fact]
    public async Task AppendMessageAsync_IdOfOneTaken_IsTheOnlyOneThatMovesOn()
    {
        await database.Storage.AppendMessageAsync($"{_prefix}-3", new AgentBranch("support", 0), Agents.User("other"), 0, null, Cancellation);
        var (hold, first) = await HoldAsync();
        var rest = AppendAll(Count);

        hold.Release();
        await Task.WhenAll(first.Concat(rest)).WaitAsync(Hang, Cancellation);

        Assert.Equal(1, await rest[3]);
        Assert.All(rest.Where(append => append != rest[3]), append => Assert.Equal(0, append.Result));
        Assert.Equal(["other", "m3"], await TextsAsync(3));
        await AssertStoredAsync(Enumerable.Range(0, Count).Except([3]));
    }

    [Fact]
    public async Task AppendMessageAsync_TwoUnderAnIndexOfSomeoneElse_AreTheOnlyOnesThatFail()
    {
        await _sessions.DisposeAsync();
        _sessions = await ProxiedSessions.StartAsync(database, options => options.CollectionName = "indexed_by_others");
        await database.Database.GetCollection<BsonDocument>("indexed_by_others_messages").Indexes.CreateOneAsync(
            new CreateIndexModel<BsonDocument>(new BsonDocument("message.content.text", 1), new CreateIndexOptions { Unique = true }),
            cancellationToken: Cancellation);
        await _sessions.AppendAsync($"{_prefix}-other-3", "m3", Cancellation);
        await _sessions.AppendAsync($"{_prefix}-other-5", "m5", Cancellation);
        var (hold, first) = await HoldAsync();
        var rest = AppendAll(Count);

        hold.Release();
        await Task.WhenAll(first.Concat(rest.Where(append => append != rest[3] && append != rest[5]))).WaitAsync(Hang, Cancellation);

        foreach (var append in (Task<int>[])[rest[3], rest[5]])
        {
            var exception = await Assert.ThrowsAsync<MongoWriteException>(() => append);
            Assert.Equal(ServerErrorCategory.DuplicateKey, exception.WriteError.Category);

            // It would be about both.
            Assert.Null(exception.InnerException);
        }
    }

    [Fact]
    public async Task AppendMessageAsync_OneTooLarge_IsTheOnlyOneThatFails()
    {
        var (hold, first) = await HoldAsync();
        var large = _sessions.AppendAsync($"{_prefix}-large", new string('x', 16 * 1024 * 1024), Cancellation);
        var rest = AppendAll(Count);

        hold.Release();
        await Task.WhenAll(first.Concat(rest)).WaitAsync(Hang, Cancellation);

        await Assert.ThrowsAsync<MessageTooLargeException>(() => large);
        await AssertStoredAsync(Enumerable.Range(0, Count));
    }

    [Fact]
    public async Task AppendMessageAsync_GroupRefusedAsAWhole_InsertsEachByItself()
    {
        var (hold, first) = await HoldAsync();
        var rest = AppendAll(Count);

        // The first of the group, by its session id: the command's name is beside it.
        _sessions.Proxy.RefuseInsertOf("m0\0");
        hold.Release();
        await Task.WhenAll(first.Concat(rest)).WaitAsync(Hang, Cancellation);

        Assert.Contains(_sessions.Inserts, insert => insert["documents"].AsBsonArray.Count == 1 && Text(insert["documents"][0]) == "m0");
        await AssertStoredAsync(Enumerable.Range(0, Count));
    }

    [Fact]
    public async Task AppendMessageAsync_GroupRefusedAfterOneWasStored_StoresItOnce()
    {
        await _sessions.DisposeAsync();
        _sessions = await ProxiedSessions.StartAsync(database, subscribe: builder => builder.Subscribe<CommandStartedEvent>(StoreFirstOfGroup));
        var (hold, first) = await HoldAsync();
        var rest = AppendAll(Count);

        _sessions.Proxy.RefuseInsertOf("m0\0");
        hold.Release();
        await Task.WhenAll(first.Concat(rest)).WaitAsync(Hang, Cancellation);

        await AssertStoredAsync(Enumerable.Range(0, Count));

        // Just before the command leaves.
        void StoreFirstOfGroup(CommandStartedEvent started)
        {
            if (started.CommandName == "insert" && started.Command["documents"].AsBsonArray is [BsonDocument message, _, ..] && Text(message) == "m0")
            {
                database.Messages.InsertOne(message, options: null, Cancellation);
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task AppendMessageAsync_ConnectionLostUnderAGroup_StoresEachMessageOnce(int times)
    {
        var (hold, first) = await HoldAsync();
        var rest = AppendAll(Count);

        _sessions.Proxy.CutBeforeAnswerTo("m3\0", times);
        hold.Release();
        await Task.WhenAll(first.Concat(rest)).WaitAsync(Hang, Cancellation);

        Assert.All(rest, append => Assert.Equal(0, append.Result));
        await AssertStoredAsync(Enumerable.Range(0, Count));
    }

    [Fact]
    public async Task AppendMessageAsync_LargeMessages_GoByThemselves()
    {
        var (hold, first) = await HoldAsync();
        var large = Enumerable.Range(0, 3).Select(i => _sessions.AppendAsync($"{_prefix}-large-{i}", new string('x', 300_000), Cancellation)).ToArray();
        var rest = AppendAll(Count);

        hold.Release();
        await Task.WhenAll(first.Concat(rest).Concat(large)).WaitAsync(Hang, Cancellation);

        var sizes = _sessions.Inserts.Where(insert => insert["documents"].AsBsonArray.Any(message => Text(message).Length == 300_000));
        Assert.All(sizes, insert => Assert.Single(insert["documents"].AsBsonArray));
        Assert.Equal(3, sizes.Count());
    }

    [Fact]
    public async Task AppendMessageAsync_MoreThanAGroupHolds_GoInSeveral()
    {
        const int Many = 3 * MessageInserter.MaxStatements;
        var (hold, first) = await HoldAsync();
        var rest = AppendAll(Many);

        hold.Release();
        await Task.WhenAll(first.Concat(rest)).WaitAsync(Hang, Cancellation);

        Assert.All(_sessions.Inserts, insert => Assert.InRange(insert["documents"].AsBsonArray.Count, 1, MessageInserter.MaxStatements));
        Assert.Contains(_sessions.Inserts, insert => insert["documents"].AsBsonArray.Count == MessageInserter.MaxStatements);
        await AssertStoredAsync(Enumerable.Range(0, Many));
    }

    [Fact]
    public async Task AppendMessageAsync_MoreBytesThanAGroupHolds_GoInSeveral()
    {
        const int Size = 200_000;
        var (hold, first) = await HoldAsync();
        var rest = Enumerable.Range(0, Count).Select(i => _sessions.AppendAsync($"{_prefix}-{i}", new string('x', Size), Cancellation)).ToArray();

        hold.Release();
        await Task.WhenAll(first.Concat(rest)).WaitAsync(Hang, Cancellation);

        Assert.All(_sessions.Inserts, insert => Assert.InRange(insert["documents"].AsBsonArray.Count, 1, MessageInserter.MaxBytes / Size));
        Assert.Contains(_sessions.Inserts, insert => insert["documents"].AsBsonArray.Count == MessageInserter.MaxBytes / Size);
    }

    [Fact]
    public async Task AppendMessageAsync_CallerThatBlocksAfterwards_HoldsUpNobody()
    {
        var (hold, first) = await HoldAsync();
        var rest = AppendAll(Count);
        var others = Task.WhenAll(rest[1..]);
        var blocked = rest[0].ContinueWith(
            _ => others.Wait(TimeSpan.FromSeconds(30), Cancellation), Cancellation, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

        hold.Release();

        Assert.True(await blocked);
        await Task.WhenAll(first).WaitAsync(Hang, Cancellation);
    }

    [Fact]
    public async Task AppendMessageAsync_ManyAgents_KeepsTheOrderOfEach()
    {
        const int Each = 20;
        var agents = await Task.WhenAll(Enumerable.Range(0, Count).Select(async i =>
        {
            var session = _sessions.Factory.Create($"{_prefix}-{i}");
            var agent = Agents.Support();
            await session.InitializeAsync(agent, Cancellation);
            return (Session: session, Agent: agent);
        }));

        var ids = await Task.WhenAll(agents.Select(one => Task.WhenAll(
            Enumerable.Range(0, Each).Select(i => one.Session.AppendMessageAsync(Agents.User($"m{i}"), one.Agent, Cancellation)))));

        Assert.All(ids, some => Assert.Equal(Enumerable.Range(0, Each), some));
        for (var i = 0; i < Count; i++)
        {
            Assert.Equal(Enumerable.Range(0, Each).Select(n => $"m{n}"), await TextsAsync(i));
        }
    }

    private static IEnumerable<string> SessionIds(BsonDocument insert) =>
        insert["documents"].AsBsonArray.Select(message => message["session_id"].AsString);

    private static string Text(BsonValue message) => message["message"]["content"][0]["text"].AsString;

    /// <summary>
    /// Has as many inserts in flight, unanswered, as go by themselves: what comes now comes while they are in flight.
    /// </summary>
    private async Task<(AnswerHold Hold, Task<int>[] Appends)> HoldAsync()
    {
        _sessions.Commands.Clear();
        var hold = _sessions.Proxy.HoldAnswersFrom("in flight");
        var appends = Enumerable.Range(0, MessageInserter.MaxCommands)
            .Select(i => _sessions.AppendAsync($"{_prefix}-in-flight-{i}", $"in flight {i}", Cancellation))
            .ToArray();
        await hold.Reached.WaitAsync(Hang, Cancellation);
        return (hold, appends);
    }

    private Task<int>[] AppendAll(int count) => [.. Enumerable.Range(0, count).Select(AppendAsync)];

    private Task<int> AppendAsync(int i) => _sessions.AppendAsync($"{_prefix}-{i}", $"m{i}", Cancellation);

    private async Task AssertStoredAsync(IEnumerable<int> numbers)
    {
        var expected = numbers.Select(i => ($"{_prefix}-{i}", $"m{i}")).ToArray();
        var filter = new BsonDocument("session_id", new BsonDocument("$in", new BsonArray(expected.Select(message => message.Item1))));

        var stored = await database.Messages.Find(filter).ToListAsync(Cancellation);

        Assert.Equal(expected.Order(), stored.Select(message => (message["session_id"].AsString, Text(message))).Order());
        Assert.All(stored, message => Assert.Equal(0, message["message_id"]));
    }

    private async Task<string[]> TextsAsync(int i) => [.. (await database.FindMessagesAsync($"{_prefix}-{i}")).Select(Text)];
}
