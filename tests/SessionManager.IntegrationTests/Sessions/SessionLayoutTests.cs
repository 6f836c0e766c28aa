using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using MongoDB.Bson;
using MongoDB.Driver;
using SessionManager.Testing.PythonSessions;

namespace SessionManager.IntegrationTests.Sessions;

/// <summary>
/// Sessions of the Python library, and of later releases, in the collection of this one: refused by name, and left as they are.
/// </summary>
public sealed class SessionLayoutTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    // They write, or decide what is written. What is only read of such a session hides nothing that this library has stored.
    private static readonly string[] Guarded =
    [
        nameof(ISessionManager.InitializeAsync), "InitializeAsync with options", nameof(ISessionManager.AppendMessageAsync),
        nameof(ISessionManager.AppendAnswerAsync), nameof(ISessionManager.AppendMessagesAsync), nameof(ISessionManager.RedactLatestMessageAsync),
        nameof(ISessionManager.UpdateAgentConfigAsync), nameof(ISessionManager.SetPromptMetadataAsync), nameof(ISessionManager.GetAgentConfigAsync),
        nameof(ISessionManager.DeleteSessionAsync), nameof(ISessionManager.UpdateMetadataAsync), nameof(ISessionManager.DeleteMetadataAsync),
        nameof(ISessionManager.IncrementMetadataAsync), nameof(ISessionManager.AddFeedbackAsync), "AddFeedbackAsync on a message", "SyncAgentAsync of a change",
    ];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string, bool> Files() =>
        [.. PythonSessionFiles.Names.SelectMany(static name => (TheoryDataRow<string, bool>[])[(name, false), (name, true)])];

    [Theory]
    [MemberData(nameof(Files))]
    public async Task SessionOfPython_EveryCall_LeavesItAsItIs(string file, bool expires)
    {
        await using var services = CreateServices(expires, out var sessions);
        var python = PythonSessionFiles.Read(file);
        await AssertUntouchedAsync(services, sessions, python, schemaVersion: null);
    }

    [Theory]
    [InlineData("2", 2L)]
    [InlineData("{ $numberLong: '9000000000' }", 9_000_000_000L)]
    [InlineData("'1'", null)]
    [InlineData("null", null)]
    public async Task SessionOfALaterRelease_EveryCall_LeavesItAsItIs(string version, long? expected)
    {
        foreach (var expires in (bool[])[false, true])
        {
            await using var services = CreateServices(expires, out var sessions);
            await services.GetRequiredService<SessionStorageProvider>().DefaultStorage.CreateSessionAsync("later", null, null, true, Cancellation);
            await sessions.UpdateOneAsync(
                new BsonDocument("_id", "later"),
                new BsonDocument("$set", new BsonDocument("schema_version", BsonDocument.Parse($"{{ v: {version} }}")["v"])),
                cancellationToken: Cancellation);
            var session = await sessions.Find(new BsonDocument("_id", "later")).SingleAsync(Cancellation);
            await AssertUntouchedAsync(services, sessions, session, expected);
        }
    }

    [Fact]
    public async Task SessionOfPythonWithoutAnythingInItsRoot_IsKnownByItsMessages()
    {
        // As its first versions left them.
        await using var services = CreateServices(expires: false, out var sessions);
        var old = PythonSessionFiles.Read("old-v0.1.2");

        Assert.False(old.Contains("session_viewer_password"));
        Assert.False(old.Contains("guardrail_events"));
        await AssertUntouchedAsync(services, sessions, old, schemaVersion: null);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task SessionOfBeforeThereWasAVersion_WorksAndGetsIt(bool expires)
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var services = CreateServices(expires, out var sessions, time);
        var factory = services.GetRequiredService<ISessionManagerFactory>();
        Func<ISessionManager, SessionAgent, Task>[] firsts =
        [
            async (session, agent) =>
            {
                agent.State["a"] = 1;
                await session.SyncAgentAsync(agent, Cancellation);
            },
            (session, _) => session.UpdateMetadataAsync(new Dictionary<string, object?> { ["a"] = 1 }, Cancellation),
            (session, _) => session.DeleteMetadataAsync(["a"], Cancellation),
            (session, _) => session.IncrementMetadataAsync("n", 1, Cancellation),
            (session, _) => session.AddFeedbackAsync(new Feedback { Rating = FeedbackRating.Up }, Cancellation),
            (session, _) => session.InitializeAsync(Agents.Support("other"), Cancellation),
            (session, _) => session.UpdateAgentConfigAsync("support", "other", null, Cancellation),
        ];
        foreach (var first in firsts)
        {
            var sessionId = DatabaseFixture.NewSessionId();
            var session = factory.Create(sessionId);
            var agent = Agents.Support();
            await session.InitializeAsync(agent, Cancellation);
            await session.AppendMessageAsync(Agents.User("kept"), agent, Cancellation);
            await sessions.UpdateOneAsync(
                new BsonDocument("_id", sessionId), BsonDocument.Parse("{ $unset: { schema_version: '' } }"), cancellationToken: Cancellation);

            // Long enough for the next write to extend its life.
            time.Advance(TimeSpan.FromDays(20));
            var resumed = factory.Create(sessionId);
            var resumedAgent = Agents.Support();
            await resumed.InitializeAsync(resumedAgent, Cancellation);
            await first(resumed, resumedAgent);
            await resumed.AppendMessageAsync(Agents.User("more"), resumedAgent, Cancellation);

            var stored = await sessions.Find(new BsonDocument("_id", sessionId)).SingleAsync(Cancellation);
            Assert.Equal(1, stored["schema_version"]);
            Assert.Equal(["kept"], resumedAgent.Messages.Select(message => message.Text));
            Assert.True(await resumed.DeleteSessionAsync(Cancellation));
        }
    }

    private ServiceProvider CreateServices(bool expires, out IMongoCollection<BsonDocument> sessions, TimeProvider? time = null)
    {
        var name = $"layout_{Guid.NewGuid():N}";
        sessions = database.Database.GetCollection<BsonDocument>(name);
        return database.CreateServices(
            options =>
            {
                options.CollectionName = name;
                options.CreateIndexes = false;
                options.SessionTtl = expires ? TimeSpan.FromDays(30) : null;
            },
            timeProvider: time);
    }

    private static async Task AssertUntouchedAsync(
        ServiceProvider services, IMongoCollection<BsonDocument> sessions, BsonDocument session, long? schemaVersion)
    {
        var sessionId = session["_id"].AsString;
        await sessions.ReplaceOneAsync(new BsonDocument("_id", sessionId), session, new ReplaceOptions { IsUpsert = true }, Cancellation);
        var before = await ReadAsync();
        var messages = sessions.Database.GetCollection<BsonDocument>($"{sessions.CollectionNamespace.CollectionName}_messages");
        foreach (var agentId in (string[])["support", "sales"])
        {
            foreach (var (name, callAsync) in GetCalls(agentId))
            {
                // A manager of its own: what one call has seen spares another one nothing.
                await using var manager = services.GetRequiredService<ISessionManagerFactory>().Create(sessionId);
                var exception = await Record.ExceptionAsync(() => callAsync(manager));

                Assert.True(exception is null or UnsupportedSessionException, $"{name} {agentId}: {exception}");
                Assert.True(exception is UnsupportedSessionException || !Guarded.Contains(name), $"{name} {agentId} is let through.");
                if (exception is UnsupportedSessionException unsupported)
                {
                    Assert.Equal((sessionId, schemaVersion), (unsupported.SessionId, unsupported.SchemaVersion));
                }

                var after = await ReadAsync();
                Assert.True(before.AsSpan().SequenceEqual(after), $"{name} {agentId} has changed the session.");
                Assert.Equal(0, await messages.CountDocumentsAsync(new BsonDocument("session_id", sessionId), cancellationToken: Cancellation));
            }
        }

        async Task<byte[]> ReadAsync() => (await sessions.Find(new BsonDocument("_id", sessionId)).As<RawBsonDocument>().SingleAsync(Cancellation)).ToBson();
    }

    private static IEnumerable<(string Name, Func<ISessionManager, Task> CallAsync)> GetCalls(string agentId)
    {
        foreach (var (name, callAsync) in ApiCalls.OfManager)
        {
            yield return (name, manager => callAsync(manager, Cancellation));
        }

        foreach (var (name, callAsync) in ApiCalls.OfManagerWithAgent)
        {
            yield return (name, manager => callAsync(manager, agentId, Cancellation));
        }

        yield return ("SyncAgentAsync of a change", manager =>
        {
            var agent = Agents.Support(agentId);
            agent.State["a"] = 1;
            return manager.SyncAgentAsync(agent, Cancellation);
        });
    }
}
