using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using MongoDB.Bson;
using MongoDB.Driver;

namespace SessionManager.Migration.Tests;

/// <summary>
/// A target that C# has used, or that was never migrated, is not written over.
/// </summary>
public sealed class ConflictTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    private const string SessionId = "simple";

    private static readonly Dictionary<string, Func<ISessionManager, SessionAgent, Task>> Uses = new(StringComparer.Ordinal)
    {
        ["append"] = static (session, agent) => session.AppendMessageAsync(new ChatMessage(ChatRole.User, "from C#"), agent, Cancellation),
        ["metadata"] = static (session, _) => session.UpdateMetadataAsync(new Dictionary<string, object?> { ["csharp"] = true }, Cancellation),
        ["redaction"] = static (session, agent) => session.RedactLatestMessageAsync(new ChatMessage(ChatRole.User, "[hidden]"), agent, new RedactionDetails(), Cancellation),
        ["feedback"] = static (session, _) => session.AddFeedbackAsync(new Feedback { Rating = FeedbackRating.Up }, Cancellation),
        ["rewind"] = static (session, agent) => session.RewindAsync(agent.AgentId, 1, cancellationToken: Cancellation),
        ["another agent"] = static (session, _) => session.InitializeAsync(new SessionAgent("other"), Cancellation),
    };

    private readonly MigrationFixture _migration = new(database);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string> UseNames() => [.. Uses.Keys];

    [Theory]
    [MemberData(nameof(UseNames))]
    public async Task Target_UsedByCSharp_IsAConflictOnceTheSourceChanges(string use)
    {
        await _migration.AddAsync(Fixtures.Read(SessionId), Fixtures.Read("full"));
        await _migration.Create().MigrateAsync(cancellationToken: Cancellation);
        await UseAsync(Uses[use]);
        var used = await _migration.DumpAsync();

        var unchanged = await _migration.Create().MigrateAsync(cancellationToken: Cancellation);
        Assert.Equal((2, true), (unchanged.UnchangedCount, unchanged.IsComplete));

        await ChangeSourceAsync();
        var source = await _migration.Source.Find(new BsonDocument("_id", SessionId)).SingleAsync(Cancellation);
        foreach (var isDryRun in (bool[])[true, false])
        {
            var report = await _migration.Create().MigrateAsync(new PythonMigrationOptions { DryRun = isDryRun }, cancellationToken: Cancellation);

            Assert.Equal((1, 1, false), (report.ConflictCount, report.UnchangedCount, report.IsComplete));
            Assert.Equal((SessionId, PythonMigrationOutcome.Conflict), (Assert.Single(report.Sessions).SessionId, report.Sessions[0].Outcome));
            Assert.Equal(used, await _migration.DumpAsync());
            Assert.Equal(source, await _migration.Source.Find(new BsonDocument("_id", SessionId)).SingleAsync(Cancellation));
        }
    }

    [Fact]
    public async Task Target_RewoundInCSharp_GoesOn_AndIsAConflict()
    {
        await _migration.AddAsync(Fixtures.Read(SessionId));
        await _migration.Create().MigrateAsync(cancellationToken: Cancellation);
        var migrated = await _migration.FindMessagesAsync(SessionId);
        await using (var services = _migration.CreateServices())
        {
            await using var session = services.GetRequiredService<ISessionManagerFactory>().Create(SessionId);
            var branch = await session.RewindAsync("support", 4, cancellationToken: Cancellation);
            var agent = new SessionAgent("support");
            await using (await session.StartRunAsync(agent, cancellationToken: Cancellation))
            {
                Assert.Equal(4, agent.Messages.Count);
                Assert.Equal(4, await session.AppendMessageAsync(new ChatMessage(ChatRole.User, "from C#"), agent, Cancellation));
                Assert.Equal(5, await session.AppendMessageAsync(new ChatMessage(ChatRole.Assistant, "to C#"), agent, Cancellation));
            }

            var branches = await session.ListBranchesAsync("support", cancellationToken: Cancellation);
            Assert.Equal([(branch.Number, 6, true), (0, migrated.Count, false)], branches.Select(static one => (one.Branch.Number, one.MessageCount, one.IsCurrent)));
            Assert.Equal([0, 0, 0, 0, branch.Number, branch.Number], (await session.ListMessagesAsync("support", cancellationToken: Cancellation)).Select(static message => message.Branch));
            Assert.Equal(migrated.Count, (await session.ListMessagesAsync("support", new MessageQuery { Branch = 0 }, Cancellation)).Count);
        }

        var used = await _migration.DumpAsync();
        var unchanged = await _migration.Create().MigrateAsync(cancellationToken: Cancellation);
        await ChangeSourceAsync();
        var changed = await _migration.Create().MigrateAsync(cancellationToken: Cancellation);

        Assert.Equal((1, true), (unchanged.UnchangedCount, unchanged.IsComplete));
        Assert.Equal((1, false), (changed.ConflictCount, changed.IsComplete));
        Assert.Contains("written to since it was migrated", Assert.Single(changed.Sessions).Reason, StringComparison.Ordinal);
        Assert.Equal(used, await _migration.DumpAsync());
        // What Python has said is where it was.
        Assert.Equal(migrated, (await _migration.FindMessagesAsync(SessionId)).Take(migrated.Count));
    }

    [Fact]
    public async Task Target_DeletedInCSharp_IsAConflictForAsLongAsItIsKnown()
    {
        await _migration.AddAsync(Fixtures.Read(SessionId));
        await _migration.Create().MigrateAsync(cancellationToken: Cancellation);
        await using var services = _migration.CreateServices();
        await using var session = services.GetRequiredService<ISessionManagerFactory>().Create(SessionId);
        await session.DeleteSessionAsync(Cancellation);
        var deleted = await _migration.DumpAsync();

        var report = await _migration.Create().MigrateAsync(cancellationToken: Cancellation);

        Assert.Equal((1, false), (report.ConflictCount, report.IsComplete));
        Assert.Contains("was deleted", Assert.Single(report.Sessions).Reason, StringComparison.Ordinal);
        Assert.Equal(deleted, await _migration.DumpAsync());

        // As the sweep does after its time.
        await _migration.Sessions.DeleteOneAsync(new BsonDocument("_id", SessionId), Cancellation);
        var again = await _migration.Create().MigrateAsync(cancellationToken: Cancellation);

        Assert.Equal((1, true), (again.MigratedCount, again.IsComplete));
        await _migration.AssertEqualAsync();
    }

    [Fact]
    public async Task Source_WithNamesOfBranchesAndRuns_KeepsThemBeside()
    {
        var source = Fixtures.Read(SessionId);
        source.Add("deleted", true).Add("next", "page").Add("first", 7).Add("sweep_at", BsonNull.Value);
        source.Add("expires_at", DateTime.UnixEpoch).Add("messages_expire_at", DateTime.UnixEpoch);
        source["feedbacks"] = new BsonArray { BsonDocument.Parse("{ rating: 'up', branch: 3, client_message_id: 'theirs', agent_id: 'support', message_id: 1, created_at: ISODate('2026-11-25') }") };
        var support = source["agents"]["support"].AsBsonDocument.Add("branch", 3).Add("base", "main").Add("end", 9).Add("run", "fast");
        support.Add("message_count", 99).Add("last_message_at", "now").Add("preview", "theirs").Add("redaction", "none");
        support["messages"][1].AsBsonDocument.Add("branch", "main").Add("base", 5);
        await _migration.AddAsync(source);

        var report = await _migration.Create().MigrateAsync(cancellationToken: Cancellation);

        Assert.True(report.IsComplete, report.ToJson());
        var session = (await _migration.FindSessionAsync(SessionId))!;
        var agent = session["agents"]["support"];
        var message = (await _migration.FindMessagesAsync(SessionId))[1];
        Assert.Equal([true, "page", 7, BsonNull.Value], ((string[])["deleted", "next", "first", "sweep_at"]).Select(name => session[$"python_{name}"]));
        Assert.All((string[])["expires_at", "messages_expire_at"], name =>
        {
            Assert.Equal(DateTime.UnixEpoch, session[$"python_{name}"].ToUniversalTime());
            Assert.False(session.Contains(name));
        });
        Assert.Equal([3, "main", 9, "fast"], ((string[])["branch", "base", "end", "run"]).Select(name => agent[$"python_{name}"]));
        Assert.Equal(
            [99, "now", "theirs", "none"], ((string[])["message_count", "last_message_at", "preview", "redaction"]).Select(name => agent[$"python_{name}"]));
        Assert.Equal((6, "Bye."), (agent["message_count"].AsInt32, agent["preview"]["text"].AsString));
        Assert.False(agent.AsBsonDocument.Contains("redaction"));
        Assert.Equal(("main", 5), (message["python_branch"].AsString, message["python_base"].AsInt32));
        await UseAsync(static async (manager, live) =>
        {
            var feedback = Assert.Single(await manager.GetFeedbacksAsync(Cancellation));
            Assert.Equal((1, 0, null), (feedback.Position, feedback.Branch, feedback.MessageId));
            Assert.Equal((3, "theirs"), (feedback.AdditionalProperties["python_branch"], feedback.AdditionalProperties["python_client_message_id"]));
            Assert.Equal(6, live.Messages.Count);
            Assert.Equal(0, (await manager.RewindAsync("support", 6, cancellationToken: Cancellation)).Number);
        });
    }

    [Fact]
    public async Task Source_WithNamesThatAreTaken_LosesNone_AndEndsNoPass()
    {
        // Stored twice, as drivers of other languages can, or under the name that another field is carried over as.
        var source = Fixtures.Read(SessionId);
        source.AllowDuplicateNames = true;
        source.Add("deleted", 1).Add("python_deleted", 2).Add("own", 3).Add("own", 4).Add("guardrail_events", new BsonArray { 5 });
        var support = source["agents"]["support"].AsBsonDocument;
        support.AllowDuplicateNames = true;
        support.Add("python_run", 1).Add("run", 2).Add("own", 3).Add("own", 4);
        var data = support["agent_data"].AsBsonDocument;
        data.AllowDuplicateNames = true;
        data["system_prompt"] = new BsonArray { new BsonDocument("text", "You are support.") };
        data.InsertAt(0, new BsonElement("python_system_prompt", 1));
        data.Add("own", 3).Add("own", 4);
        var message = support["messages"][1].AsBsonDocument;
        message.AllowDuplicateNames = true;
        message.Add("python_append_id", 1).Add("append_id", 2).Add("own", 3).Add("own", 4);
        await _migration.AddAsync(Fixtures.Read("full"));
        await _migration.Source.Database.GetCollection<RawBsonDocument>(_migration.Source.CollectionNamespace.CollectionName)
            .InsertOneAsync(new RawBsonDocument(source.ToBson()), cancellationToken: Cancellation);

        var report = await _migration.Create().MigrateAsync(cancellationToken: Cancellation);

        Assert.Equal((2, true), (report.MigratedCount, report.IsComplete));
        var session = (await _migration.FindSessionAsync(SessionId))!;
        var agent = session["agents"]["support"];
        Assert.Equal([1, 2, 3, 4], ((string[])["python_deleted", "python_python_deleted", "own", "python_own"]).Select(name => session[name].AsInt32));
        Assert.Equal(5, session["python_guardrail_events"][0]);
        Assert.Equal([1, 2, 3, 4], ((string[])["python_run", "python_python_run", "own", "python_own"]).Select(name => agent[name].AsInt32));
        Assert.Equal([1, 3, 4], ((string[])["python_python_system_prompt", "own", "python_own"]).Select(name => agent["agent_data"][name].AsInt32));
        Assert.Equal(("You are support.", 1), (agent["agent_data"]["system_prompt"].AsString, agent["agent_data"]["python_system_prompt"].AsBsonArray.Count));
        var stored = (await _migration.FindMessagesAsync(SessionId))[1];
        Assert.Equal([1, 2, 3, 4], ((string[])["python_append_id", "python_python_append_id", "own", "python_own"]).Select(name => stored[name].AsInt32));
        var reader = new PythonSessionReader(_migration.Source.Database, _migration.Source.CollectionNamespace.CollectionName);
        Assert.Equal(6, (await reader.ReadAsync(SessionId, Cancellation))!.Agents[0].Messages.Count);
    }

    [Fact]
    public async Task Target_NotMigrated_IsNeverWrittenOver()
    {
        await UseAsync(static (session, agent) => session.AppendMessageAsync(new ChatMessage(ChatRole.User, "from C#"), agent, Cancellation));
        await _migration.AddAsync(Fixtures.Read(SessionId));
        var before = await _migration.DumpAsync();

        var report = await _migration.Create().MigrateAsync(cancellationToken: Cancellation);

        Assert.Equal(1, report.ConflictCount);
        Assert.Equal(before, await _migration.DumpAsync());
    }

    [Fact]
    public async Task MessagesOfTarget_NotMigrated_AreNeverWrittenOver()
    {
        // As an application's storage that is called by hand may leave them, or a deletion that was cut short.
        await UseAsync(static (session, agent) => session.AppendMessageAsync(new ChatMessage(ChatRole.User, "from C#"), agent, Cancellation));
        await _migration.Sessions.DeleteOneAsync(new BsonDocument("_id", SessionId), Cancellation);
        await _migration.AddAsync(Fixtures.Read(SessionId));
        var before = await _migration.DumpAsync();

        var report = await _migration.Create().MigrateAsync(cancellationToken: Cancellation);

        Assert.Equal(1, report.ConflictCount);
        Assert.Equal(before, await _migration.DumpAsync());
    }

    [Fact]
    public async Task Source_Changed_WithoutADate_IsFollowed()
    {
        await _migration.AddAsync(Fixtures.Read(SessionId));
        await _migration.Create().MigrateAsync(cancellationToken: Cancellation);
        // As Python's update_metadata does, which moves no date.
        await ChangeSourceAsync();

        var report = await _migration.Create().MigrateAsync(cancellationToken: Cancellation);

        Assert.Equal((1, 0), (report.UpdatedCount, report.WrittenMessageCount));
        Assert.Equal("new", (await _migration.FindSessionAsync(SessionId))!["metadata"]["from"]);
        await _migration.AssertEqualAsync();
    }

    [Fact]
    public async Task Source_IsTheTarget_IsRefused()
    {
        await _migration.AddAsync(Fixtures.Read(SessionId));
        var name = _migration.Source.CollectionNamespace.CollectionName;
        // By another client, too.
        using var client = new MongoClient(database.ConnectionString);
        PythonSessionMigration[] migrations =
        [
            new(database.Database, name, database.Database, name),
            new(database.Database, name, client.GetDatabase(database.DatabaseName), name),
            new(database.Database, "sessions_messages", client.GetDatabase(database.DatabaseName), "sessions"),
            new(database.Database, "sessions_feedback", client.GetDatabase(database.DatabaseName), "sessions"),
        ];

        foreach (var migration in migrations)
        {
            var exception = await Assert.ThrowsAnyAsync<InvalidOperationException>(() => migration.MigrateAsync(cancellationToken: Cancellation));
            Assert.Contains("Source and target are one", exception.Message, StringComparison.Ordinal);
        }

        Assert.Equal(1, await _migration.Source.CountDocumentsAsync(new BsonDocument(), cancellationToken: Cancellation));
    }

    [Fact]
    public async Task Source_WithSessionsOfThisLibrary_LeavesThemOut()
    {
        await using (var services = database.CreateServices(options => options.CollectionName = _migration.Source.CollectionNamespace.CollectionName))
        {
            await using var session = services.GetRequiredService<ISessionManagerFactory>().Create("ours");
            await session.InitializeAsync(new SessionAgent("support"), Cancellation);
        }

        await _migration.AddAsync(Fixtures.Read(SessionId), new BsonDocument { { "_id", 7 }, { "agents", new BsonDocument() } });

        var report = await _migration.Create().MigrateAsync(cancellationToken: Cancellation);

        Assert.Equal((1, 1, 1), (report.MigratedCount, report.NotPythonCount, report.FailedCount));
        Assert.Equal(["7", "ours"], report.Sessions.Select(static session => session.SessionId));
        Assert.Null(await _migration.FindSessionAsync("ours"));
    }

    private Task<UpdateResult> ChangeSourceAsync() => _migration.Source.UpdateOneAsync(
        new BsonDocument("_id", SessionId), new BsonDocument("$set", new BsonDocument("metadata.from", "new")), cancellationToken: Cancellation);

    private async Task UseAsync(Func<ISessionManager, SessionAgent, Task> useAsync)
    {
        await using var services = _migration.CreateServices();
        await using var session = services.GetRequiredService<ISessionManagerFactory>().Create(SessionId);
        var agent = new SessionAgent("support");
        await session.InitializeAsync(agent, Cancellation);
        await useAsync(session, agent);
    }
}
