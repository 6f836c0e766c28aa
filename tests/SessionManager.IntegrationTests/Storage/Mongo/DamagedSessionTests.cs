using Microsoft.Extensions.DependencyInjection;
using MongoDB.Bson;
using MongoDB.Driver;

namespace SessionManager.IntegrationTests.Storage.Mongo;

/// <summary>
/// Sessions that something else than the library has written or changed.
/// </summary>
public sealed class DamagedSessionTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    private readonly string _sessionId = DatabaseFixture.NewSessionId();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string> BadTimes =>
    [
        "'2026-01-01'", "null", "5", "true", "{}", "[]", "{ '$numberDouble': 'NaN' }",
        "{ '$date': { '$numberLong': '9223372036854775807' } }", "{ '$date': { '$numberLong': '-9223372036854775808' } }",
        "{ '$timestamp': { 't': 1, 'i': 1 } }", "{ '$minKey': 1 }", "{ '$maxKey': 1 }", "{ '$regularExpression': { 'pattern': 'a', 'options': '' } }",
    ];

    [Theory]
    [MemberData(nameof(BadTimes))]
    public async Task List_SessionWithABadTime_IsListedWithTheOthersOnEveryPage(string time)
    {
        await using var services = CreateServices(out var sessions);
        await using var _ = new Dropped(sessions);
        var factory = services.GetRequiredService<ISessionManagerFactory>();
        for (var i = 0; i < 5; i++)
        {
            await factory.Create($"s{i}").CreateSessionAsync(Cancellation);
        }

        // Several, as one page is to end within them.
        foreach (var id in (string[])["s1", "s3", "s4"])
        {
            var value = BsonDocument.Parse($"{{ 'v': {time} }}")["v"];
            await sessions.UpdateOneAsync(new BsonDocument("_id", id), new BsonDocument("$set", new BsonDocument { { "created_at", value }, { "updated_at", value } }), cancellationToken: Cancellation);
        }

        await sessions.InsertOneAsync(new BsonDocument("_id", "s5"), null, Cancellation);
        var catalog = services.GetRequiredService<SessionStorageProvider>().DefaultStorage.Catalog!;
        foreach (var order in Enum.GetValues<SessionOrder>())
        {
            foreach (var limit in (int[])[1, 2, 3, 4, 100])
            {
                var listed = await ListAllAsync(catalog, new SessionQuery { Order = order, Limit = limit });

                Assert.Equal(["s0", "s1", "s2", "s3", "s4", "s5"], listed.Select(session => session.SessionId).Order());
                Assert.All(listed, session => Assert.Equal(session.SessionId is "s0" or "s2", session.CreatedAt > default(DateTimeOffset)));
            }
        }
    }

    [Theory]
    [InlineData("application_name", "5")]
    [InlineData("metadata", "'text'")]
    [InlineData("agents", "'text'")]
    [InlineData("feedbacks", "5")]
    [InlineData("session_id", "5")]
    public async Task List_SessionWithADamagedField_IsListed(string field, string json)
    {
        await using var services = CreateServices(out var sessions);
        await using var _ = new Dropped(sessions);
        var session = services.GetRequiredService<ISessionManagerFactory>().Create("s");
        await session.CreateSessionAsync(Cancellation);
        await sessions.UpdateOneAsync(new BsonDocument("_id", "s"), new BsonDocument("$set", BsonDocument.Parse($"{{ '{field}': {json} }}")), cancellationToken: Cancellation);

        var catalog = services.GetRequiredService<SessionStorageProvider>().DefaultStorage.Catalog!;
        Assert.Equal("s", Assert.Single((await catalog.ListSessionsAsync(new SessionQuery(), Cancellation)).Sessions).SessionId);
        Assert.Empty((await session.GetMetadataAsync(cancellationToken: Cancellation))!);
        Assert.Empty(await session.GetFeedbacksAsync(Cancellation));
    }

    [Fact]
    public async Task List_NameStoredTwiceAndTextThatIsNoUtf8_AreListed()
    {
        await using var services = CreateServices(out var sessions);
        await using var _ = new Dropped(sessions);
        var twice = new BsonDocument("_id", "twice").Add("metadata", new BsonDocument { { "a", 1 }, { "b", 2 } }).ToBson();
        twice[twice.AsSpan().IndexOf("b\0"u8)] = (byte)'a';
        var text = new BsonDocument("_id", "text").Add("application_name", "xyz").ToBson();
        text[text.AsSpan().IndexOf("xyz"u8)] = 0xFF;
        var raw = sessions.Database.GetCollection<RawBsonDocument>(sessions.CollectionNamespace.CollectionName);
        await raw.InsertManyAsync([new RawBsonDocument(twice), new RawBsonDocument(text)], null, Cancellation);

        var listed = await ListAllAsync(services.GetRequiredService<SessionStorageProvider>().DefaultStorage.Catalog!, new SessionQuery());

        Assert.Equal(["text", "twice"], listed.Select(session => session.SessionId).Order());
    }

    [Theory]
    [InlineData("state", "'text'")]
    [InlineData("conversation_manager_state", "[1]")]
    [InlineData("model", "5")]
    [InlineData("system_prompt", "5")]
    [InlineData("prompt_metadata", "'text'")]
    public async Task Load_AgentWithADamagedField_LeavesItOutAndLogsItsName(string field, string json)
    {
        await using var services = database.CreateServices(register: services => services.AddFakeLogging());
        var session = services.GetRequiredService<ISessionManagerFactory>().Create(_sessionId);
        var agent = Agents.Support();
        agent.Messages.Add(Agents.User("one"));
        await session.InitializeAsync(agent, Cancellation);
        await SetAsync($"agents.support.agent_data.{field}", json);

        var restored = Agents.Support();
        var result = await session.InitializeAsync(restored, Cancellation);

        Assert.False(result.IsNewAgent);
        Assert.Equal("one", Assert.Single(restored.Messages).Text);
        Assert.NotNull(await session.GetAgentConfigAsync("support", Cancellation));
        Assert.Equal("support", Assert.Single(await session.ListAgentsAsync(Cancellation)).AgentId);
        Assert.Contains(
            services.GetFakeLogCollector().GetSnapshot(),
            record => record.Message == $"Agent support in session {_sessionId} is read without these fields, which are damaged: {field}.");
    }

    [Fact]
    public async Task Load_SessionWhoseAgentsAreNoObject_NamesThem()
    {
        var session = database.Factory.Create(_sessionId);
        await session.InitializeAsync(Agents.Support(), Cancellation);
        await SetAsync("agents", "'text'");

        foreach (var (agentId, call) in (IEnumerable<(string?, Func<Task>)>)
        [
            ("support", () => database.Factory.Create(_sessionId).InitializeAsync(Agents.Support(), Cancellation)),
            (null, () => session.ListAgentsAsync(Cancellation)),
        ])
        {
            var exception = await Assert.ThrowsAsync<DamagedSessionException>(call);
            Assert.Equal((_sessionId, agentId, "agents"), (exception.SessionId, exception.AgentId, exception.Field));
        }

        Assert.Null(await session.GetAgentConfigAsync("support", Cancellation));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Update_OverADamagedField_NamesItAndQuotesNothing(bool hasLifetime)
    {
        await using var services = database.CreateServices(options => options.SessionTtl = hasLifetime ? TimeSpan.FromDays(1) : null);
        var session = services.GetRequiredService<ISessionManagerFactory>().Create(_sessionId);
        await session.CreateSessionAsync(Cancellation);
        await SetAsync("metadata", "'canary-51c2'");

        var metadata = await Assert.ThrowsAsync<DamagedSessionException>(
            () => session.UpdateMetadataAsync(new Dictionary<string, object?> { ["a"] = 1 }, Cancellation));
        var counter = await Assert.ThrowsAsync<DamagedSessionException>(() => session.IncrementMetadataAsync("a", cancellationToken: Cancellation));

        Assert.Equal(("metadata", "metadata"), (metadata.Field, counter.Field));
        Assert.DoesNotContain("canary", $"{metadata}{counter}", StringComparison.Ordinal);
    }

    private static async Task<List<SessionInfo>> ListAllAsync(SessionCatalog catalog, SessionQuery query)
    {
        List<SessionInfo> listed = [];
        do
        {
            var page = await catalog.ListSessionsAsync(query, Cancellation);
            Assert.InRange(page.Sessions.Count, 0, query.Limit);
            listed.AddRange(page.Sessions);
            query = query with { After = page.Next };
        }
        while (query.After is not null && listed.Count < 100);

        return listed;
    }

    private ServiceProvider CreateServices(out IMongoCollection<BsonDocument> sessions)
    {
        var name = $"sessions_{Guid.NewGuid():N}";
        sessions = database.Database.GetCollection<BsonDocument>(name);
        return database.CreateServices(options => options.CollectionName = name);
    }

    private Task<UpdateResult> SetAsync(string field, string json) =>
        database.Sessions.UpdateOneAsync(
            new BsonDocument("_id", _sessionId), new BsonDocument("$set", BsonDocument.Parse($"{{ '{field}': {json} }}")), cancellationToken: Cancellation);

    private sealed class Dropped(IMongoCollection<BsonDocument> sessions) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await sessions.Database.DropCollectionAsync(sessions.CollectionNamespace.CollectionName);
    }
}
