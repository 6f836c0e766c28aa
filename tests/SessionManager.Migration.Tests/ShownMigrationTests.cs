using Microsoft.Extensions.DependencyInjection;
using MongoDB.Bson;

namespace SessionManager.Migration.Tests;

/// <summary>
/// What lists show of a session that has come over is what they would show, had the library stored its messages itself.
/// </summary>
public sealed class ShownMigrationTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    private static readonly string[] Fields = ["message_count", "last_message_at", "preview"];

    private readonly MigrationFixture _migration = new(database);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string> Names() => [.. Fixtures.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task EachKind_IsShown_AsWhereTheLibraryHasStoredIt(string name)
    {
        var source = Fixtures.Read(name);
        await _migration.AddAsync(source);
        await _migration.Create().MigrateAsync(cancellationToken: Cancellation);
        var id = source["_id"].AsString;
        var clock = new Clock();
        await using var services = _migration.CreateServices(clock);
        var factory = services.GetRequiredService<ISessionManagerFactory>();
        await using var migrated = factory.Create(id);
        await using var copy = factory.Create("copy");
        var agents = PythonReader.Read(source).Agents.Keys.ToList();

        foreach (var agentId in agents)
        {
            var agent = new SessionAgent(agentId);
            await copy.InitializeAsync(agent, Cancellation);
            foreach (var message in await migrated.ListMessagesAsync(agentId, cancellationToken: Cancellation))
            {
                clock.Now = message.CreatedAt;
                await copy.AppendMessageAsync(message.Message, agent, Cancellation);
                if (message.RedactMessage is { } redacted)
                {
                    clock.Now = message.UpdatedAt;
                    await copy.RedactLatestMessageAsync(redacted, agent, new RedactionDetails(), Cancellation);
                }
            }

            await copy.SyncAgentAsync(agent, Cancellation);
        }

        var actual = (await _migration.FindSessionAsync(id))!["agents"].AsBsonDocument;
        var expected = agents.Count == 0 ? [] : (await _migration.FindSessionAsync("copy"))!["agents"].AsBsonDocument;
        Assert.Equal(expected.Names.Order(StringComparer.Ordinal), actual.Names.Order(StringComparer.Ordinal));
        foreach (var agentId in actual.Names)
        {
            Assert.Equal(
                Fields.Select(field => expected[agentId].AsBsonDocument.GetValue(field, BsonNull.Value)),
                Fields.Select(field => actual[agentId].AsBsonDocument.GetValue(field, BsonNull.Value)));
        }
    }

    [Fact]
    public async Task ListSessions_ShowsAllAgents_AndNothingThatWasRedacted()
    {
        await _migration.AddAsync(Fixtures.Read("full"), Fixtures.Read("simple"), Fixtures.Read("empty"));
        await _migration.Create().MigrateAsync(cancellationToken: Cancellation);
        await using var services = _migration.CreateServices();

        var page = await services.GetRequiredService<SessionCatalog>().ListSessionsAsync(new SessionQuery(), Cancellation);

        var full = page.Sessions.Single(static session => session.SessionId == "full");
        var simple = page.Sessions.Single(static session => session.SessionId == "simple");
        var empty = page.Sessions.Single(static session => session.SessionId == "empty");
        // The planner's answer, the latest message, was "Plan: 1, 2, 3.".
        var planned = Fixtures.Message(Fixtures.Read("full"), 1, "planner");
        Assert.Equal((16, planned["redact_message"]["content"][0]["text"].AsString), (full.MessageCount, full.Preview));
        Assert.Equal(planned["created_at"].ToUniversalTime(), full.LastMessageAt!.Value.UtcDateTime);
        Assert.DoesNotContain("Plan: 1, 2, 3.", (await _migration.FindSessionAsync("full"))!.ToJson(), StringComparison.Ordinal);
        Assert.Equal((6, "Bye."), (simple.MessageCount, simple.Preview));
        Assert.Equal((0, null, null), (empty.MessageCount, empty.LastMessageAt, empty.Preview));
        var read = await new PythonSessionReader(database.Database, _migration.Source.CollectionNamespace.CollectionName).ReadAsync("full", Cancellation);
        Assert.Equal((full.MessageCount, full.LastMessageAt, full.Preview), (read!.Info.MessageCount, read.Info.LastMessageAt, read.Info.Preview));
    }

    [Fact]
    public async Task Preview_OfWhatNobodyWouldRead_IsThatOfTheMessageBefore()
    {
        var tools = Session("tools", messages => messages[5]["message"]["content"] = BsonDocument.Parse("{ a: [{ toolUse: { toolUseId: 'c', name: 'n', input: {} } }, { text: ' ' }] }")["a"]);
        var damaged = Session("damaged", messages => messages[5]["message"].AsBsonDocument.Remove("role"));
        // The text is gone, and what stands in its place is none.
        var redacted = Session("redacted", messages => messages[5]["redact_message"] = BsonDocument.Parse("{ role: 'assistant', content: [] }"));
        var undated = Session("undated", messages => messages[5]["created_at"] = new BsonDateTime(long.MaxValue));
        await _migration.AddAsync(tools, damaged, redacted, undated);

        var report = await _migration.Create().MigrateAsync(cancellationToken: Cancellation);

        Assert.True(report.IsComplete, report.ToJson());
        Assert.Equal(BsonDocument.Parse("{ position: 4, changed_at: NumberLong(0), text: 'Thanks' }"), await FindAsync("tools", "preview"));
        Assert.Equal(BsonDocument.Parse("{ position: 4, changed_at: NumberLong(0), text: 'Thanks' }"), await FindAsync("damaged", "preview"));
        Assert.Equal((5, BsonNull.Value), ((await FindAsync("redacted", "preview"))["position"].AsInt32, (await FindAsync("redacted", "preview"))["text"]));
        Assert.Equal("Bye.", (await FindAsync("undated", "preview"))["text"]);
        Assert.Equal(BsonNull.Value, await FindAsync("undated", "last_message_at"));
        await using var services = _migration.CreateServices();
        var page = await services.GetRequiredService<SessionCatalog>().ListSessionsAsync(new SessionQuery(), Cancellation);
        Assert.Equal((6, null), page.Sessions.Where(static session => session.SessionId == "redacted").Select(static session => (session.MessageCount, session.Preview)).Single());
    }

    private async Task<BsonValue> FindAsync(string id, string field) => (await _migration.FindSessionAsync(id))!["agents"]["support"].AsBsonDocument.GetValue(field, BsonNull.Value);

    private static BsonDocument Session(string id, Action<BsonArray> change)
    {
        var session = Fixtures.Read("simple");
        session["_id"] = session["session_id"] = id;
        change(session["agents"]["support"]["messages"].AsBsonArray);
        return session;
    }

    // Sets the time of what is stored, also back.
    private sealed class Clock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 11, 1, 0, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
