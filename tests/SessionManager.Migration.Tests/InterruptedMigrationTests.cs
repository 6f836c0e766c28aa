using Microsoft.Extensions.Time.Testing;
using MongoDB.Bson;
using MongoDB.Driver;

namespace SessionManager.Migration.Tests;

/// <summary>
/// A migration that ends after any of its commands, and another one after it: what is stored is what one that ran through has stored.
/// </summary>
public sealed class InterruptedMigrationTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 30, 0, 0, 0, TimeSpan.Zero));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string> Names() => [.. Fixtures.Names, "long"];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task EachKind_EachCommandIsTheLast_ThenAgain_IsEqual(string name)
    {
        // Beside another one, so that a pass may end between two sessions, too.
        var migration = new MigrationFixture(database);
        await migration.AddAsync(name == "long" ? Long(1_200) : Fixtures.Read(name));
        await migration.AddAsync(Changed("orphan", "another"));
        var expected = await RunThroughAsync(migration);

        await AssertEachCommandAsync(migration, expected, () => Task.CompletedTask);
    }

    [Fact]
    public async Task EachCommandOfAnUpdate_IsTheLast_ThenAgain_IsEqual()
    {
        var migration = new MigrationFixture(database);
        BsonDocument[] before = [Fixtures.Read("full"), Fixtures.Read("twoproc"), Fixtures.Read("summary"), Long(60)];
        await migration.AddAsync(before);
        await RunThroughAsync(migration);
        foreach (var session in before)
        {
            // One message is gone, another has changed, one is new.
            var changed = new BsonDocument(session);
            var messages = changed["agents"]["support"]["messages"].AsBsonArray;
            messages.RemoveAt(1);
            messages.RemoveAt(2);
            messages[3]["message"]["content"][0] = new BsonDocument("text", "edited");
            messages.Add(BsonDocument.Parse("{ message: { role: 'user', content: [{ text: 'new' }] }, message_id: 99, redact_message: null, created_at: ISODate('2030-01-01'), updated_at: ISODate('2030-01-01') }"));
            changed["metadata"] = new BsonDocument("changed", true);
            // So has the feedback.
            var added = BsonDocument.Parse("{ rating: 'up', comment: 'new', agent_id: 'support', message_id: 99, created_at: ISODate('2030-01-01') }");
            changed["feedbacks"] = new BsonArray([.. session["feedbacks"].AsBsonArray.Skip(1), added, added]);
            await migration.Source.ReplaceOneAsync(new BsonDocument("_id", session["_id"]), changed, cancellationToken: Cancellation);
        }

        // Both ways to the changed sessions, by an update and at once, lead to the same documents.
        var expected = await RunThroughAsync(migration, before.Length, isUpdate: true);
        await ClearAsync(migration);
        Assert.Equal(expected, await RunThroughAsync(migration));

        await AssertEachCommandAsync(migration, expected, async () =>
        {
            var changed = await migration.Source.Find(new BsonDocument()).ToListAsync(Cancellation);
            await ReplaceAsync(migration, before);
            await RunThroughAsync(migration);
            await ReplaceAsync(migration, changed);
        });
    }

    [Fact]
    public async Task TwoMigrationsAtOnce_BothEndWell()
    {
        var migration = new MigrationFixture(database);
        await migration.AddAsync(Fixtures.Names.Select(Fixtures.Read));

        var reports = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Create(migration).MigrateAsync(cancellationToken: Cancellation)));

        Assert.All(reports, static report => Assert.True(report.IsComplete, report.ToJson()));
        var expected = await migration.DumpAsync();
        await ClearAsync(migration);
        Assert.Equal(expected, await RunThroughAsync(migration));
    }

    private async Task AssertEachCommandAsync(MigrationFixture migration, string expected, Func<Task> prepareAsync)
    {
        await ClearAsync(migration);
        await prepareAsync();
        using var whole = new CommandClock(database.ConnectionString);
        await Create(migration, whole.Client).MigrateAsync(new PythonMigrationOptions { MaxParallelism = 1 }, cancellationToken: Cancellation);
        Assert.Equal(expected, await migration.DumpAsync());
        Assert.InRange(whole.Commands.Count, 10, 60);

        for (var last = 1; last < whole.Commands.Count; last++)
        {
            await ClearAsync(migration);
            await prepareAsync();
            using var clock = new CommandClock(database.ConnectionString, last);
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(clock.Stop, Cancellation);
            var interrupted = await Record.ExceptionAsync(() =>
                Create(migration, clock.Client).MigrateAsync(new PythonMigrationOptions { MaxParallelism = 1 }, cancellationToken: stop.Token));

            Assert.IsType<OperationCanceledException>(interrupted, exactMatch: false);
            // While one session is written, the next ones may be on their way from the source.
            Assert.InRange(clock.Commands.Count, last, last + 1);
            var report = await Create(migration).MigrateAsync(cancellationToken: Cancellation);
            Assert.True(report.IsComplete, report.ToJson());
            Assert.True(expected == await migration.DumpAsync(), $"It differs where command {last}, {clock.Commands[^1]}, was the last.");
        }
    }

    private async Task<string> RunThroughAsync(MigrationFixture migration, int count = -1, bool isUpdate = false)
    {
        var report = await Create(migration).MigrateAsync(cancellationToken: Cancellation);
        Assert.True(report.IsComplete, report.ToJson());
        Assert.True(count < 0 || count == (isUpdate ? report.UpdatedCount : report.MigratedCount), report.ToJson());
        return await migration.DumpAsync();
    }

    private PythonSessionMigration Create(MigrationFixture migration, MongoClient? client = null)
    {
        var of = client?.GetDatabase(database.DatabaseName) ?? database.Database;
        return new PythonSessionMigration(of, migration.Source.CollectionNamespace.CollectionName, of, migration.Name, _time);
    }

    private static async Task ReplaceAsync(MigrationFixture migration, IEnumerable<BsonDocument> sessions)
    {
        foreach (var session in sessions)
        {
            await migration.Source.ReplaceOneAsync(new BsonDocument("_id", session["_id"]), session, cancellationToken: Cancellation);
        }
    }

    private static async Task ClearAsync(MigrationFixture migration)
    {
        await migration.Sessions.DeleteManyAsync(new BsonDocument(), Cancellation);
        await migration.Messages.DeleteManyAsync(new BsonDocument(), Cancellation);
        await migration.Feedback.DeleteManyAsync(new BsonDocument(), Cancellation);
    }

    private static BsonDocument Changed(string name, string id)
    {
        var session = Fixtures.Read(name);
        session["_id"] = session["session_id"] = id;
        return session;
    }

    private static BsonDocument Long(int count)
    {
        var session = Changed("simple", "long");
        var date = Fixtures.Message(session, 0)["created_at"].ToUniversalTime();
        session["agents"]["support"]["messages"] = new BsonArray(Enumerable.Range(0, count).Select(id => new BsonDocument
        {
            { "message", BsonDocument.Parse($"{{ role: '{(id % 2 == 0 ? "user" : "assistant")}', content: [{{ text: 'message {id}' }}] }}") },
            { "message_id", id },
            { "redact_message", BsonNull.Value },
            { "created_at", date.AddSeconds(id) },
            { "updated_at", date.AddSeconds(id) },
        }));
        return session;
    }
}
