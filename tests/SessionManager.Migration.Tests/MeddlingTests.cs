using MongoDB.Bson;
using MongoDB.Driver;
using MongoDB.Driver.Core.Events;

namespace SessionManager.Migration.Tests;

/// <summary>
/// Somebody else who writes to the target between two commands of a migration: what is read again tells, and nothing is written over.
/// </summary>
public sealed class MeddlingTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    // By the path that is to be named; what stands in brackets tells those of one path apart.
    private static readonly Dictionary<string, Func<MigrationFixture, Task>> Changes = new(StringComparer.Ordinal)
    {
        ["agents.support.messages.3"] = static migration => SetAsync(migration.Messages, "full/support/0000000003", "$set", "message.content.0.text", "another"),
        ["agents.support.messages.2"] = static migration => migration.Messages.DeleteOneAsync(new BsonDocument("_id", "full/support/0000000002"), Cancellation),
        ["agents.planner.messages.2"] = static migration => migration.Messages.InsertOneAsync(
            new BsonDocument { { "_id", "full/planner/0000000002" }, { "session_id", "full" }, { "agent_id", "planner" }, { "message_id", 2 } }, cancellationToken: Cancellation),
        ["agents.support.messages.10"] = static migration => SetAsync(migration.Messages, "full/support/0000000010", "$unset", "guardrail_event", 1),
        ["agents.planner.messages.1"] = static migration => SetAsync(migration.Messages, "full/planner/0000000001", "$set", "redact_message", BsonNull.Value),
        ["metadata"] = static migration => SetAsync(migration.Sessions, "full", "$unset", "metadata.customer.tier", 1),
        ["feedbacks"] = static migration => SetAsync(migration.Sessions, "full", "$set", "feedbacks", new BsonArray()),
        ["feedbacks.0"] = static migration => migration.Feedback.DeleteManyAsync(new BsonDocument("session_id", "full"), Cancellation),
        ["feedbacks.1"] = static migration => migration.Feedback.DeleteOneAsync(new BsonDocument("feedback.rating", "meh"), Cancellation),
        ["feedbacks.2"] = static migration => migration.Feedback.InsertOneAsync(
            new BsonDocument { { "_id", "full/~0000000001/~u1" }, { "session_id", "full" }, { "created_at", DateTime.MaxValue } }, cancellationToken: Cancellation),
        ["agents.support.agent_data.state"] = static migration => SetAsync(migration.Sessions, "full", "$set", "agents.support.agent_data.state.cart.total", 12),
        ["agents"] = static migration => SetAsync(migration.Sessions, "full", "$unset", "agents.planner", 1),
        ["created_at"] = static migration => SetAsync(migration.Sessions, "full", "$set", "created_at", DateTime.UnixEpoch),
        ["updated_at"] = static migration => SetAsync(migration.Sessions, "full", "$unset", "updated_at", 1),
        ["session_type"] = static migration => SetAsync(migration.Sessions, "full", "$set", "session_type", "OTHER"),
        ["metadata (a value)"] = static migration => SetAsync(migration.Sessions, "full", "$set", "metadata.tags.1", "c"),
        ["metadata (its type)"] = static migration => SetAsync(migration.Sessions, "full", "$set", "metadata.n", 1L),
        ["metadata (more)"] = static migration => SetAsync(migration.Sessions, "full", "$set", "metadata.customer.more", 1),
        ["feedbacks.1 (a value)"] = static migration => SetFeedbackAsync(migration, "meh", "feedback.score", 4),
        ["feedbacks.0 (a date)"] = static migration => SetFeedbackAsync(migration, "up", "created_at", DateTime.UnixEpoch),
        ["feedbacks.0 (its other date)"] = static migration => SetFeedbackAsync(migration, "up", "updated_at", DateTime.UnixEpoch),
        ["feedbacks.1 (its branch)"] = static migration => SetFeedbackAsync(migration, "meh", "first", 1),
        ["agents.support.message_count"] = static migration => SetAsync(migration.Sessions, "full", "$inc", "agents.support.message_count", 1),
        ["agents.support.last_message_at"] = static migration => SetAsync(migration.Sessions, "full", "$unset", "agents.support.last_message_at", 1),
        ["agents.support.preview"] = static migration => SetAsync(migration.Sessions, "full", "$set", "agents.support.preview.position", 11),
        ["agents.support.preview (none)"] = static migration => SetAsync(migration.Sessions, "full", "$unset", "agents.support.preview", 1),
        ["agents.planner.preview"] = static migration => SetAsync(migration.Sessions, "full", "$set", "agents.planner.preview.text", "Plan: 1, 2, 3."),
        ["agents.planner.preview (its time)"] = static migration => SetAsync(migration.Sessions, "full", "$set", "agents.planner.preview.changed_at", 0L),
        ["guardrail_events"] = static migration => SetAsync(migration.Sessions, "full", "$set", "guardrail_events.1.policies_triggered.wordPolicy.0", "word"),
        ["guardrail_events (a date)"] = static migration => SetAsync(migration.Sessions, "full", "$set", "guardrail_events.0.timestamp", DateTime.UnixEpoch),
        ["own"] = static migration => SetAsync(migration.Sessions, "full", "$set", "own.a", 2),
        ["agents.support.created_at"] = static migration => SetAsync(migration.Sessions, "full", "$set", "agents.support.created_at", DateTime.UnixEpoch),
        ["agents.support.own"] = static migration => SetAsync(migration.Sessions, "full", "$unset", "agents.support.own", 1),
        ["agents.support.agent_data.system_prompt"] = static migration => SetAsync(migration.Sessions, "full", "$set", "agents.support.agent_data.system_prompt", "Other."),
        ["agents.support.agent_data.updated_at"] = static migration => SetAsync(migration.Sessions, "full", "$unset", "agents.support.agent_data.updated_at", 1),
        ["agents.support.messages.4"] = static migration => SetAsync(migration.Messages, "full/support/0000000004", "$set", "created_at", DateTime.UnixEpoch),
        ["agents.support.messages.5"] = static migration => SetAsync(migration.Messages, "full/support/0000000005", "$set", "updated_at", DateTime.UnixEpoch),
        ["agents.support.messages.6"] = static migration => SetAsync(migration.Messages, "full/support/0000000006", "$set", "own", 7),
        ["agents.support.messages.10 (its event)"] = static migration => SetAsync(migration.Messages, "full/support/0000000010", "$set", "guardrail_event.action", "NONE"),
        ["_id"] = static migration => migration.Sessions.DeleteOneAsync(new BsonDocument("_id", "full"), Cancellation),
    };

    private readonly MigrationFixture _migration = new(database);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string> Paths() => [.. Changes.Keys];

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task Target_ChangedBeforeItIsReadAgain_IsFoundToDiffer(string path)
    {
        var source = Fixtures.Read("full");
        source.Add("own", new BsonDocument("a", 1));
        source["agents"]["support"].AsBsonDocument.Add("own", 1);
        Fixtures.Message(source, 6).Add("own", 6);
        await _migration.AddAsync(source);

        // The session is the last that is written.
        var report = await MigrateAsync("update or insert of the session", Changes[path]);

        Assert.Equal((0, 1), (report.MigratedCount, report.FailedCount));
        Assert.Equal(false, report.Sessions[0].IsVerified);
        Assert.Equal($"What was read again differs from the source at {path.Split(' ')[0]}.", report.Sessions[0].Reason);
    }

    [Fact]
    public async Task Source_ChangedBeforeItIsReadAgain_IsLeftToTheNextPass()
    {
        await _migration.AddAsync(Fixtures.Read("full"));

        var report = await MigrateAsync("update or insert of the session", static migration => SetAsync(migration.Source, "full", "$set", "metadata.later", 1));

        Assert.Equal((1, true), (report.MigratedCount, report.IsComplete));
        Assert.Equal(1, (await _migration.Create().MigrateAsync(cancellationToken: Cancellation)).UpdatedCount);
        await _migration.AssertEqualAsync();
    }

    [Fact]
    public async Task Position_TakenWhileItIsMigrated_IsAConflict_AndNothingBehindItIsWritten()
    {
        await _migration.AddAsync(Fixtures.Read("simple"));
        var own = new BsonDocument { { "_id", "simple/support/0000000002" }, { "session_id", "simple" }, { "agent_id", "support" }, { "message_id", 2 }, { "append_id", ObjectId.GenerateNewId() } };

        var report = await MigrateAsync("find among the messages", migration => migration.Messages.InsertOneAsync(own, cancellationToken: Cancellation));

        Assert.Equal(1, report.ConflictCount);
        Assert.Null(await _migration.FindSessionAsync("simple"));
        var messages = await _migration.FindMessagesAsync("simple");
        Assert.Equal([0, 1, 2], messages.Select(static message => message["message_id"].AsInt32));
        Assert.Equal(own, messages[2]);
    }

    [Fact]
    public async Task Session_BegunWhileItIsMigrated_IsAConflict_AndStays()
    {
        await _migration.AddAsync(Fixtures.Read("simple"));
        var own = new BsonDocument { { "_id", "simple" }, { "schema_version", 1 } };

        var report = await MigrateAsync("find among the messages", migration => migration.Sessions.InsertOneAsync(own, cancellationToken: Cancellation));

        Assert.Equal(1, report.ConflictCount);
        Assert.Equal(own, await _migration.FindSessionAsync("simple"));
    }

    [Fact]
    public async Task Session_UsedWhileItIsUpdated_IsAConflict_AndStays()
    {
        await _migration.AddAsync(Fixtures.Read("simple"));
        await _migration.Create().MigrateAsync(cancellationToken: Cancellation);
        await SetAsync(_migration.Source, "simple", "$set", "metadata.later", 1);

        var report = await MigrateAsync("find among the messages", static migration => migration.Sessions.UpdateOneAsync(
            new BsonDocument(), BsonDocument.Parse("{ $set: { 'metadata.csharp': true }, $currentDate: { updated_at: true } }"), cancellationToken: Cancellation));

        Assert.Equal(1, report.ConflictCount);
        var metadata = (await _migration.FindSessionAsync("simple"))!["metadata"].AsBsonDocument;
        Assert.True(metadata.Contains("csharp"));
        Assert.False(metadata.Contains("later"));
    }

    [Fact]
    public async Task EachCommandToTheTarget_NamesItsShardKey_AndNoneWritesToTheSource()
    {
        await _migration.AddAsync(Fixtures.Names.Select(Fixtures.Read));
        var untargeted = new System.Collections.Concurrent.ConcurrentQueue<string>();
        var onSource = new System.Collections.Concurrent.ConcurrentQueue<string>();
        var settings = MongoClientSettings.FromConnectionString(database.ConnectionString);
        settings.ClusterConfigurator = builder => builder.Subscribe<CommandStartedEvent>(started =>
        {
            if (started.Command[0].ToString() == _migration.Source.CollectionNamespace.CollectionName)
            {
                onSource.Enqueue(started.CommandName);
            }
            else if (ShardKeys.IsUntargeted(started.Command) && !IsLookUp(started.Command))
            {
                untargeted.Enqueue($"{started.CommandName} on {started.Command[0]}: {started.Command}");
            }
        });
        using var client = new MongoClient(settings);
        for (var pass = 0; pass < 2; pass++)
        {
            await _migration.Create(client).MigrateAsync(cancellationToken: Cancellation);
            await _migration.Source.UpdateManyAsync(new BsonDocument(), BsonDocument.Parse("{ $set: { 'metadata.pass': 1 } }"), cancellationToken: Cancellation);
        }

        Assert.Empty(untargeted);
        Assert.Subset(new HashSet<string> { "find", "count", "getMore" }, onSource.ToHashSet());
    }

    // The driver tells of an answer before whoever waits for it goes on.
    private async Task<PythonMigrationReport> MigrateAsync(string moment, Func<MigrationFixture, Task> meddleAsync)
    {
        var isFirst = 1;
        var requests = new System.Collections.Concurrent.ConcurrentDictionary<int, string>();
        var settings = MongoClientSettings.FromConnectionString(database.ConnectionString);
        settings.ClusterConfigurator = builder => builder
            .Subscribe<CommandStartedEvent>(started => requests[started.RequestId] = ToMoment(started))
            .Subscribe<CommandSucceededEvent>(succeeded =>
            {
                if (requests.GetValueOrDefault(succeeded.RequestId) == moment && Interlocked.Exchange(ref isFirst, 0) == 1)
                {
                    meddleAsync(_migration).GetAwaiter().GetResult();
                }
            });
        using var client = new MongoClient(settings);
        var report = await _migration.Create(client).MigrateAsync(cancellationToken: Cancellation);
        Assert.Equal(0, isFirst);
        return report;
    }

    // The sessions of a page, each by its id.
    private static bool IsLookUp(BsonDocument command) =>
        command.GetValue("filter", BsonNull.Value) is BsonDocument filter && filter.GetValue("_id", BsonNull.Value) is BsonDocument ids && ids.Names.Single() == "$in";

    private string ToMoment(CommandStartedEvent started) => (started.CommandName, started.Command[0].ToString()) switch
    {
        ("find", var name) when name == $"{_migration.Name}_messages" => "find among the messages",
        ("insert" or "update", var name) when name == _migration.Name => "update or insert of the session",
        _ => "",
    };

    private static Task<UpdateResult> SetFeedbackAsync(MigrationFixture migration, string rating, string field, BsonValue value) =>
        migration.Feedback.UpdateOneAsync(
            new BsonDocument("feedback.rating", rating), new BsonDocument("$set", new BsonDocument(field, value)), cancellationToken: Cancellation);

    private static Task<UpdateResult> SetAsync(IMongoCollection<BsonDocument> collection, string id, string @operator, string field, BsonValue value) =>
        collection.UpdateOneAsync(new BsonDocument("_id", id), new BsonDocument(@operator, new BsonDocument(field, value)), cancellationToken: Cancellation);
}
