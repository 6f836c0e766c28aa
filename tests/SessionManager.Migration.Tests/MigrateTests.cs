using MongoDB.Bson;
using MongoDB.Driver;

namespace SessionManager.Migration.Tests;

/// <summary>
/// Options, progress, cancellation, sizes.
/// </summary>
public sealed class MigrateTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    private readonly MigrationFixture _migration = new(database);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task DryRun_WritesNothing_AndSaysWhatWouldBe()
    {
        await _migration.AddAsync(Fixtures.Names.Select(Fixtures.Read));

        var dry = await _migration.Create().MigrateAsync(new PythonMigrationOptions { DryRun = true }, cancellationToken: Cancellation);
        var afterwards = await _migration.DumpAsync();
        var real = await _migration.Create().MigrateAsync(cancellationToken: Cancellation);

        Assert.Empty(afterwards);
        Assert.Equal(
            (true, real.MigratedCount, real.WrittenMessageCount, real.Sessions.Count),
            (dry.IsDryRun, dry.MigratedCount, dry.WrittenMessageCount, dry.Sessions.Count));
        Assert.Equal(
            real.Sessions.SelectMany(static session => session.Findings), dry.Sessions.SelectMany(static session => session.Findings));
    }

    [Fact]
    public async Task SessionIds_AreTheOnesThatComeOver()
    {
        await _migration.AddAsync(Fixtures.Names.Select(Fixtures.Read));

        var report = await _migration.Create().MigrateAsync(new PythonMigrationOptions { SessionIds = { "full", "dotted.id/1", "nobody" } }, cancellationToken: Cancellation);

        Assert.Equal((3, 2, 1), (report.SessionCount, report.MigratedCount, report.FailedCount));
        Assert.Equal(["dotted.id/1", "full"], (await _migration.Sessions.Find(new BsonDocument()).ToListAsync(Cancellation)).Select(static session => session["_id"].AsString).Order(StringComparer.Ordinal));
        Assert.Equal(("nobody", "The source has no session of this id."), (report.Sessions[^1].SessionId, report.Sessions[^1].Reason));
    }

    [Fact]
    public async Task OwnerFields_GiveEachSessionItsOwner_OrFailByName()
    {
        var full = Fixtures.Read("full");
        BsonDocument With(string id, BsonValue user) => new(full) { ["_id"] = id, ["session_id"] = id, ["owner"] = "python's", ["metadata"] = new BsonDocument { { "user_id", user }, { "org", new BsonDocument("id", 7) } } };
        await _migration.AddAsync([With("s1", "eva"), With("s2", "ben~"), With("s3", BsonNull.Value), With("s4", " "), With("~a~b~c", "eva")]);
        var options = new PythonMigrationOptions { OwnerUserField = "metadata.user_id", OwnerTenantField = "metadata.org.id" };

        var report = await _migration.Create().MigrateAsync(options, cancellationToken: Cancellation);
        var again = await _migration.Create().MigrateAsync(options, cancellationToken: Cancellation);
        var unowned = await _migration.Create().MigrateAsync(new PythonMigrationOptions { SessionIds = { "s1", "~a~b~c" } }, cancellationToken: Cancellation);

        Assert.All(report.Sessions.Where(static session => session.Outcome == PythonMigrationOutcome.Failed), session =>
            Assert.Equal("Its field 'metadata.user_id' names no owner.", session.Reason));
        Assert.Equal((3, 2, 3), (report.MigratedCount, report.FailedCount, again.UnchangedCount));
        var ids = (await _migration.Sessions.Find(new BsonDocument()).ToListAsync(Cancellation)).Select(static session => session["_id"].AsString);
        Assert.Equal(["s1", "~7~ben%7E~s2", "~7~eva~%7Ea%7Eb%7Ec", "~7~eva~s1"], ids.Order(StringComparer.Ordinal));
        var owned = await _migration.Sessions.Find(new BsonDocument("_id", "~7~eva~s1")).SingleAsync(Cancellation);
        Assert.Equal(("s1", "7", "eva", "python's"), (owned["session_id"].AsString, owned["owner"]["tenant"].AsString, owned["owner"]["user"].AsString, owned["python_owner"].AsString));
        Assert.Equal((1, 1), (unowned.MigratedCount, unowned.FailedCount));
    }

    [Fact]
    public async Task Progress_IsToldOfEachSession_InOrder()
    {
        await _migration.AddAsync(Fixtures.Names.Select(Fixtures.Read));
        var progress = new ProgressRecorder();

        var report = await _migration.Create().MigrateAsync(progress: progress, cancellationToken: Cancellation);

        Assert.Equal(Enumerable.Range(1, Fixtures.Names.Count()), progress.Reports.Select(static one => (int)one.SessionCount));
        Assert.Equal(Fixtures.Names.Count(), progress.Reports[^1].TotalSessionCount);
        Assert.Equal(report.WrittenMessageCount, progress.Reports[^1].WrittenMessageCount);
        Assert.Equal(report.MigratedCount, progress.Reports.Count(static one => one.Latest.IsVerified == true));
    }

    [Fact]
    public async Task Cancelled_InTheMiddle_EndsAtOnce_AndGoesOn()
    {
        await _migration.AddAsync(Fixtures.Names.Select(Fixtures.Read));
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var progress = new ProgressRecorder(_ => cancellation.Cancel());

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _migration.Create().MigrateAsync(progress: progress, cancellationToken: cancellation.Token));

        var report = await _migration.Create().MigrateAsync(cancellationToken: Cancellation);
        Assert.True(report.IsComplete);
        Assert.InRange(report.UnchangedCount, 1, Fixtures.Names.Count() - 1);
    }

    [Theory]
    [InlineData("update", 1, 91)]
    [InlineData("update", 4, null)]
    [InlineData("insert", 4, 13)]
    [InlineData("find", 4, 189)]
    public async Task ServerThatFails_EndsThePassWithItsException_AndTheNextGoesOn(string command, int parallelism, int? errorCode)
    {
        await _migration.AddAsync(Fixtures.Names.Select(Fixtures.Read));
        var data = new BsonDocument { { "failCommands", new BsonArray { command } }, { "appName", _migration.Name } };
        data.Add(errorCode is null ? new BsonElement("closeConnection", true) : new BsonElement("errorCode", errorCode));
        var settings = MongoClientSettings.FromConnectionString(database.ConnectionString);
        (settings.ApplicationName, settings.RetryReads, settings.RetryWrites) = (_migration.Name, false, false);
        using var client = new MongoClient(settings);
        await using (await FailPoint.SetAsync(database.Database.Client, "failCommand", data))
        {
            var exception = await Assert.ThrowsAnyAsync<MongoException>(
                () => _migration.Create(client).MigrateAsync(new PythonMigrationOptions { MaxParallelism = parallelism }, cancellationToken: Cancellation));

            Assert.True(errorCode is null ? exception is MongoConnectionException : exception is MongoServerException, exception.ToString());
        }

        Assert.True((await _migration.Create().MigrateAsync(cancellationToken: Cancellation)).IsComplete);
        Assert.Equal(Fixtures.Names.Count(), await _migration.Sessions.CountDocumentsAsync(new BsonDocument(), cancellationToken: Cancellation));
    }

    [Fact]
    public async Task Watch_FollowsTheSource()
    {
        await _migration.AddAsync(Fixtures.Read("simple"));
        var passes = new List<PythonMigrationReport>();

        await foreach (var pass in _migration.Create().WatchAsync(TimeSpan.Zero, cancellationToken: Cancellation))
        {
            passes.Add(pass);
            if (passes.Count == 3)
            {
                break;
            }

            await _migration.Source.UpdateOneAsync(
                new BsonDocument("_id", "simple"),
                new BsonDocument("$push", new BsonDocument("agents.support.messages", new BsonDocument(Fixtures.Message(Fixtures.Read("simple"), 4)))),
                cancellationToken: Cancellation);
        }

        Assert.Equal((1, 0), (passes[0].MigratedCount, passes[0].UpdatedCount));
        Assert.All(passes[1..], static pass => Assert.Equal((1, 1), (pass.UpdatedCount, pass.WrittenMessageCount > 0 ? 1 : 0)));
        await _migration.AssertEqualAsync();
    }

    [Fact]
    public async Task SessionNear16MB_ComesOver()
    {
        // Of many messages, and of one.
        var many = Fixtures.Read("simple");
        many["_id"] = many["session_id"] = "many";
        var text = new string('x', 5_000);
        many["agents"]["support"]["messages"] = new BsonArray(Enumerable.Range(0, 3_250).Select(id => Message(id, text)));
        var one = Fixtures.Read("simple");
        one["_id"] = one["session_id"] = "one";
        one["agents"]["support"]["messages"] = new BsonArray { Message(0, new string('y', 16_600_000)) };
        Assert.All((BsonDocument[])[many, one], static session => Assert.InRange(session.ToBson().Length, 16_300_000, 16_777_216));
        await _migration.AddAsync(many);
        await _migration.AddAsync(one);

        var report = await _migration.Create().MigrateAsync(cancellationToken: Cancellation);

        Assert.Equal((2, 3_251), (report.MigratedCount, report.WrittenMessageCount));
        await _migration.AssertEqualAsync();
    }

    [Fact]
    public async Task MessageThatFitsNoDocumentOfItsOwn_Fails_AndTheOthersComeOver()
    {
        var large = Fixtures.Read("empty");
        var (sessionId, agentId) = (new string('s', 200), new string('a', 200));
        large["_id"] = large["session_id"] = sessionId;
        large["agents"] = new BsonDocument(agentId, new BsonDocument("messages", new BsonArray { Message(0, "") }));
        // Beside it stand the ids of session and agent twice, which the source has once.
        large["agents"][agentId]["messages"][0]["message"]["content"][0]["text"] = new string('z', (16 * 1024 * 1024) - large.ToBson().Length);
        await _migration.AddAsync(large);
        await _migration.AddAsync(Fixtures.Read("full"));

        var report = await _migration.Create().MigrateAsync(cancellationToken: Cancellation);

        Assert.Equal((1, 1), (report.MigratedCount, report.FailedCount));
        Assert.Equal(sessionId, Assert.Single(report.Sessions).SessionId);
        Assert.Null(await _migration.FindSessionAsync(sessionId));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("\u0001long")]
    public async Task Id_ThatNoSessionManagerTakes_Fails(string id)
    {
        var session = Fixtures.Read("simple");
        session["_id"] = session["session_id"] = id.Replace("\u0001long", new string('x', 300), StringComparison.Ordinal);
        await _migration.AddAsync(session);

        var report = await _migration.Create().MigrateAsync(cancellationToken: Cancellation);

        Assert.Equal(1, report.FailedCount);
        Assert.DoesNotContain("Parameter", report.Sessions[0].Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Options_OutOfRange_AreRefusedByName()
    {
        (PythonMigrationOptions Options, string Name)[] cases =
        [
            (new() { MaxParallelism = 0 }, "options.MaxParallelism"),
            (new() { MaxParallelism = 65 }, "options.MaxParallelism"),
            (new() { MaxReportedSessions = -1 }, "options.MaxReportedSessions"),
            (new() { SessionIds = { "" } }, "options.SessionIds"),
        ];
        foreach (var (options, name) in cases)
        {
            var exception = await Assert.ThrowsAnyAsync<ArgumentException>(() => _migration.Create().MigrateAsync(options, cancellationToken: Cancellation));
            Assert.Equal(name, exception.ParamName);
        }

        Assert.Equal("interval", Assert.Throws<ArgumentOutOfRangeException>(() => _migration.Create().WatchAsync(TimeSpan.FromSeconds(-1), cancellationToken: Cancellation)).ParamName);
        Assert.Equal("interval", Assert.Throws<ArgumentOutOfRangeException>(() => _migration.Create().WatchAsync(TimeSpan.FromDays(2), cancellationToken: Cancellation)).ParamName);
        Assert.Equal("sourceDatabase", Assert.Throws<ArgumentNullException>(() => new PythonSessionMigration(null!, "a", database.Database, "b")).ParamName);
        Assert.Equal("targetCollectionName", Assert.Throws<ArgumentException>(() => new PythonSessionMigration(database.Database, "a", database.Database, " ")).ParamName);
    }

    [Fact]
    public async Task ReportedSessions_AreBounded()
    {
        await _migration.AddAsync(Enumerable.Range(0, 5).Select(static id => new BsonDocument { { "_id", id } }));

        var report = await _migration.Create().MigrateAsync(new PythonMigrationOptions { MaxReportedSessions = 2 }, cancellationToken: Cancellation);

        Assert.Equal(2, report.Sessions.Count);
        Assert.True(report.OmittedCount > 0);
        Assert.False(report.IsComplete);
    }

    private static BsonDocument Message(int id, string text) => new()
    {
        { "message", new BsonDocument { { "role", id % 2 == 0 ? "user" : "assistant" }, { "content", new BsonArray { new BsonDocument("text", text) } } } },
        { "message_id", id },
        { "redact_message", BsonNull.Value },
        { "created_at", new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddSeconds(id) },
        { "updated_at", new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddSeconds(id) },
    };

    private sealed class ProgressRecorder(Action<PythonMigrationProgress>? act = null) : IProgress<PythonMigrationProgress>
    {
        public List<PythonMigrationProgress> Reports { get; } = [];

        public void Report(PythonMigrationProgress value)
        {
            Reports.Add(value);
            act?.Invoke(value);
        }
    }
}
