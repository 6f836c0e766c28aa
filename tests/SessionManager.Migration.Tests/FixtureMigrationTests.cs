using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using MongoDB.Bson;
using MongoDB.Driver;

namespace SessionManager.Migration.Tests;

/// <summary>
/// Each kind of session that Python leaves, migrated, read back without the library, and gone on with.
/// </summary>
public sealed class FixtureMigrationTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    private readonly MigrationFixture _migration = new(database);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string> Names() => [.. Fixtures.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task EachKind_Migrated_IsReadBackEqual(string name)
    {
        var source = Fixtures.Read(name);
        await _migration.AddAsync(source);

        var report = await _migration.Create().MigrateAsync(cancellationToken: Cancellation);

        Assert.True(report.IsComplete, report.ToJson());
        Assert.Equal(1, report.MigratedCount);
        var id = source["_id"].AsString;
        var session = (await _migration.FindSessionAsync(id))!;
        var (expected, actual) = (PythonReader.Read(source), await _migration.ReadTargetAsync(id));
        if (name == "odd")
        {
            // The percent sign stands for itself here, the conflict and the empty key are encoded.
            Assert.Equal(
                BsonDocument.Parse("{ x: 'scalar', '50%25': 4, '%': 6, a: { b: 1, c: { d: 2 } }, 'x%2Ey': 3, deep: { er: { still: [{ z: 5 }] } } }"), session["metadata"]);
            expected.Metadata.Clear();
            actual.Metadata.Clear();
        }

        if (name == "gaps")
        {
            AssertFeedbackFollows(await _migration.FindFeedbackAsync(id), report);
            expected.Feedbacks.Clear();
            actual.Feedbacks.Clear();
        }

        ReadSessionAssert.Equal(expected, actual);
        Assert.Equal(1, session["schema_version"]);
        Assert.False(session.Contains("session_viewer_password"));
        Assert.Equal(source.GetValue("guardrail_events", BsonNull.Value), session.GetValue("guardrail_events", BsonNull.Value));
        Assert.Equal(expected.Agents.Values.Sum(static agent => agent.Messages.Count), session["migration"]["counts"]["messages"]);
        Assert.Equal(source.GetValue("feedbacks", new BsonArray()).AsBsonArray.Count, session["migration"]["counts"]["feedbacks"]);
        Assert.Equal(source.ToBson(), (await _migration.Source.Find(new BsonDocument("_id", id)).SingleAsync(Cancellation)).ToBson());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task EachKind_MigratedAgain_WritesNothing(string name)
    {
        await _migration.AddAsync(Fixtures.Read(name));
        await _migration.Create().MigrateAsync(cancellationToken: Cancellation);
        var before = await _migration.DumpAsync();

        var report = await _migration.Create().MigrateAsync(cancellationToken: Cancellation);

        Assert.Equal((1, 0), (report.UnchangedCount, report.WrittenMessageCount));
        Assert.Equal(before, await _migration.DumpAsync());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task EachKind_Migrated_GoesOnInCSharp(string name)
    {
        var source = Fixtures.Read(name);
        await _migration.AddAsync(source);
        await _migration.Create().MigrateAsync(cancellationToken: Cancellation);
        var sessionId = source["_id"].AsString;
        var python = PythonReader.Read(source);
        await using var services = _migration.CreateServices();
        var factory = services.GetRequiredService<ISessionManagerFactory>();
        foreach (var (agentId, expected) in python.Agents)
        {
            await using var session = factory.Create(sessionId);
            var stored = await session.ListMessagesAsync(agentId, new MessageQuery(), Cancellation);
            Assert.Equal(Enumerable.Range(0, expected.Messages.Count), stored.Select(static message => message.Position));

            var agent = new SessionAgent(agentId) { Model = "gpt-5", SystemPrompt = "Go on." };
            await session.InitializeAsync(agent, Cancellation);
            // What Python's conversation manager has removed stays away; what it has is not repaired by more than a broken call.
            var removed = expected.Data?.GetValue("conversation_manager_state", new BsonDocument()).AsBsonDocument.GetValue("removed_message_count", 0).ToInt32() ?? 0;
            if (removed > 0)
            {
                Assert.True(agent.Messages.Count <= expected.Messages.Count - removed + 1);
            }

            // A turn.
            var question = new ChatMessage(ChatRole.User, "and now?");
            agent.Messages.Add(question);
            Assert.Equal(expected.Messages.Count, await session.AppendMessageAsync(question, agent, Cancellation));
            agent.Metrics.AddModelCall(new UsageDetails { InputTokenCount = 5, OutputTokenCount = 2, TotalTokenCount = 7 }, TimeSpan.FromMilliseconds(1));
            await session.AppendMessagesAsync([new ChatMessage(ChatRole.Assistant, "now this")], agent, Cancellation);
            agent.State["turns"] = 1;
            await session.SyncAgentAsync(agent, Cancellation);

            // A redaction.
            await session.RedactLatestMessageAsync(new ChatMessage(ChatRole.Assistant, "[hidden]"), agent, new RedactionDetails(), Cancellation);
            var last = (await session.ListMessagesAsync(agentId, new MessageQuery { NewestFirst = true, Limit = 1 }, Cancellation)).Single();
            Assert.Equal("[hidden]", last.EffectiveMessage.Text);

            // A window, in another process.
            await using var other = factory.Create(sessionId);
            var resumed = new SessionAgent(agentId);
            await other.InitializeAsync(resumed, new AgentInitializationOptions { Window = new HistoryWindow { MaxMessages = 4 } }, Cancellation);
            // A call without its result gets one in the history that a model is sent.
            Assert.InRange(resumed.Messages.Count, 1, name == "orphan" ? 5 : 4);
            Assert.Equal(1, resumed.State["turns"]!.GetValue<int>());
        }

        await using var whole = factory.Create(sessionId);
        var turns = (await whole.GetUsageAsync(Cancellation)).Agents.Sum(static agent => agent.Metrics.TotalTokens);
        Assert.Equal(GetExpectedTokens(name) + (7 * python.Agents.Count), turns);
    }

    [Fact]
    public async Task Full_Usage_IsCountedOnce()
    {
        await _migration.AddAsync(Fixtures.Read("full"), Fixtures.Read("snapshots"), Fixtures.Read("snapshots-old"));
        await _migration.Create().MigrateAsync(cancellationToken: Cancellation);
        await using var services = _migration.CreateServices();
        var factory = services.GetRequiredService<ISessionManagerFactory>();

        var full = await GetTokensAsync("full");
        var snapshots = await GetTokensAsync("snapshots");
        var old = await GetTokensAsync("snapshots-old");

        Assert.Equal([("planner", 120), ("support", 840)], full);
        // The planner's answer had lost its snapshot to a redaction.
        Assert.Equal([("support", 840)], snapshots);
        Assert.Equal([("support", 360)], old);

        async Task<List<(string, long)>> GetTokensAsync(string sessionId)
        {
            await using var session = factory.Create(sessionId);
            var usage = await session.GetUsageAsync(Cancellation);
            return [.. usage.Agents.Select(static agent => (agent.AgentId, agent.Metrics.TotalTokens)).Order()];
        }
    }

    [Fact]
    public async Task Snapshots_OnMessagesOfUsers_AreTheirAssistants_AndMarked()
    {
        await _migration.AddAsync(Fixtures.Read("full"), Fixtures.Read("snapshots"));
        await _migration.Create().MigrateAsync(cancellationToken: Cancellation);

        var exact = (await _migration.FindMessagesAsync("full")).Where(static message => message["agent_id"] == "support").ToList();
        var estimated = (await _migration.FindMessagesAsync("snapshots")).Where(static message => message["agent_id"] == "support").ToList();

        Assert.All(exact.Concat(estimated), message =>
            Assert.Equal(message["message"]["role"] == "assistant", message.Contains("event_loop_metrics")));
        Assert.Equal(["cycle_metrics", "tool_usage"], exact[1]["event_loop_metrics"]["estimated"].AsBsonArray.Select(static part => part.AsString));
        Assert.Equal(
            ["accumulated_metrics", "accumulated_usage", "cycle_metrics", "tool_usage"],
            estimated[1]["event_loop_metrics"]["estimated"].AsBsonArray.Select(static part => part.AsString));
        Assert.All(estimated.Where(static message => message["message"]["role"] == "assistant"), message =>
            Assert.Equal(120, message["event_loop_metrics"]["accumulated_usage"]["totalTokens"].ToInt32()));
        Assert.All((List<BsonDocument>[])[exact, estimated], messages =>
            Assert.Equal(7, messages.Where(static message => message.Contains("event_loop_metrics")).Sum(static message => message["event_loop_metrics"]["cycle_metrics"]["cycle_count"].ToInt32())));
        Assert.All((List<BsonDocument>[])[exact, estimated], messages =>
            Assert.Equal(1, messages.Where(static message => message.Contains("event_loop_metrics"))
                .Sum(static message => message["event_loop_metrics"]["tool_usage"].AsBsonDocument.GetValue("broken", new BsonDocument()).AsBsonDocument.GetValue("error_count", 0).ToInt32())));
    }

    [Fact]
    public async Task Odd_Findings_NameWhatAPersonShouldKnow()
    {
        await _migration.AddAsync(Fixtures.Read("odd"));

        var report = await _migration.Create().MigrateAsync(cancellationToken: Cancellation);

        var session = Assert.Single(report.Sessions);
        Assert.Equal(
            [
                (PythonMigrationFindingKind.OpenInterrupt, "agents.support.agent_data._internal_state.interrupt_state"),
                (PythonMigrationFindingKind.MetadataConflict, "metadata['x.y']"),
                (PythonMigrationFindingKind.NotCarriedOver, "agents.v1"),
            ],
            session.Findings.Select(static finding => (finding.Kind, finding.Path)).Order());
        var stored = (await _migration.FindSessionAsync("odd"))!;
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(1_750_000_000).UtcDateTime, stored["agents"]["support"]["created_at"].ToUniversalTime());
        Assert.Equal(DateTimeOffset.FromUnixTimeMilliseconds(1_750_000_000_123).UtcDateTime, stored["created_at"].ToUniversalTime());
        Assert.Equal(new DateTime(2025, 7, 22, 10, 0, 0, 500, DateTimeKind.Utc), stored["updated_at"].ToUniversalTime());
        Assert.Equal("You are\n\nsupport.", stored["agents"]["support"]["agent_data"]["system_prompt"]);
        Assert.Equal(3, stored["agents"]["support"]["agent_data"]["python_system_prompt"].AsBsonArray.Count);
        Assert.True(stored["agents"].AsBsonDocument.Contains("support%2Eeu"));
        Assert.DoesNotContain("\"eu\"", stored["agents"]["support"].ToJson(), StringComparison.Ordinal);
        var nested = (await _migration.FindMessagesAsync("odd")).Single(static message => message["agent_id"] == "support.eu");
        Assert.Equal(DateTime.UnixEpoch.AddMilliseconds(1_750_000_000_500), nested["created_at"].ToUniversalTime());
    }

    [Fact]
    public async Task Damaged_IsNamed_AndHidesNothingElse()
    {
        var source = Fixtures.Read("simple");
        var messages = source["agents"]["support"]["messages"].AsBsonArray;
        messages[1]["message"].AsBsonDocument.Remove("role");
        messages[2].AsBsonDocument.Remove("created_at");
        messages[3].AsBsonDocument.Add("claimed_requests", 7).Add("append_id", "theirs").Add("own", 8);
        messages.Insert(4, BsonNull.Value);
        source["created_at"] = "yesterday";
        await _migration.AddAsync(source);

        var report = await _migration.Create().MigrateAsync(cancellationToken: Cancellation);

        Assert.True(report.IsComplete, report.ToJson());
        Assert.Equal(
            [
                (PythonMigrationFindingKind.UnreadableDate, "agents.support.messages.2.created_at"),
                (PythonMigrationFindingKind.UnreadableDate, "created_at"),
                (PythonMigrationFindingKind.DamagedMessage, "agents.support.messages.1"),
                (PythonMigrationFindingKind.NotCarriedOver, "agents.support.messages.4"),
            ],
            report.Sessions[0].Findings.Select(static finding => (finding.Kind, finding.Path)).Order());
        var stored = await _migration.FindMessagesAsync("simple");
        Assert.Equal(6, stored.Count);
        Assert.Equal(stored[1]["created_at"], stored[2]["created_at"]);
        Assert.Equal((7, "theirs", 8), (stored[3]["python_claimed_requests"].AsInt32, stored[3]["python_append_id"].AsString, stored[3]["own"].AsInt32));
        await using var services = _migration.CreateServices();
        await using var session = services.GetRequiredService<ISessionManagerFactory>().Create("simple");
        var agent = new SessionAgent("support");
        var damaged = await Assert.ThrowsAsync<DamagedMessageException>(() => session.InitializeAsync(agent, Cancellation));
        Assert.Equal((1, "message.role"), (damaged.Position, damaged.Field));
        Assert.True(await session.TryReplaceDamagedMessageAsync("support", 1, Cancellation));
        await session.InitializeAsync(agent, Cancellation);
        Assert.Equal("Bye.", agent.Messages[^1].Text);
    }

    [Theory]
    [InlineData(" ", "white space")]
    [InlineData("long", "300 bytes")]
    public async Task AgentWhoseIdNoSessionManagerTakes_IsCarriedOver_AndNamed(string agentId, string fault)
    {
        agentId = agentId.Replace("long", new string('a', 300), StringComparison.Ordinal);
        var source = Fixtures.Read("simple");
        source["agents"].AsBsonDocument.Add(agentId, source["agents"]["support"].DeepClone());
        await _migration.AddAsync(source);

        var report = await _migration.Create().MigrateAsync(cancellationToken: Cancellation);

        Assert.True(report.IsComplete, report.ToJson());
        var finding = Assert.Single(Assert.Single(report.Sessions).Findings);
        Assert.Equal((PythonMigrationFindingKind.UnusableAgentId, agentId, $"agents.{agentId}"), (finding.Kind, finding.AgentId, finding.Path));
        Assert.Contains(fault, finding.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain("Parameter", finding.Detail, StringComparison.Ordinal);
        await _migration.AssertEqualAsync();
        Assert.Equal(6, (await _migration.FindMessagesAsync("simple")).Count(message => message["agent_id"] == agentId));
        var shown = await new PythonSessionReader(database.Database, _migration.Source.CollectionNamespace.CollectionName).ReadAsync("simple", Cancellation);
        Assert.Equal([6, 6], shown!.Agents.Select(static agent => agent.Messages.Count));
    }

    [Fact]
    public async Task Feedback_ThatNamesAnAmbiguousNumber_IsTheSessions()
    {
        var source = Fixtures.Read("twoproc");
        source["feedbacks"] = new BsonArray
        {
            BsonDocument.Parse("{ rating: 'up', agent_id: 'support', message_id: 2, created_at: ISODate('2026-11-25') }"),
            BsonDocument.Parse("{ rating: 'up', agent_id: 'support', message_id: 5, created_at: ISODate('2026-11-25') }"),
        };
        await _migration.AddAsync(source);

        var report = await _migration.Create().MigrateAsync(cancellationToken: Cancellation);

        Assert.Equal("feedbacks.0.message_id", Assert.Single(report.Sessions[0].Findings).Path);
        await using var services = _migration.CreateServices();
        await using var session = services.GetRequiredService<ISessionManagerFactory>().Create("twoproc");
        Assert.Equal([null, 7], (await session.GetFeedbacksAsync(Cancellation)).Select(static feedback => feedback.Position));
    }

    [Fact]
    public async Task Text_ThatIsNoUtf8_FailsForItsSession()
    {
        // As drivers of other languages write it: the bytes of a text are changed on their way.
        var broken = Fixtures.Read("simple");
        broken["_id"] = broken["session_id"] = "broken";
        broken["metadata"] = new BsonDocument("text", "QQQQ");
        var bytes = broken.ToBson();
        bytes[bytes.AsSpan().IndexOf("QQQQ"u8)] = 0xFF;
        await _migration.Source.Database.GetCollection<RawBsonDocument>(_migration.Source.CollectionNamespace.CollectionName)
            .InsertOneAsync(new RawBsonDocument(bytes), cancellationToken: Cancellation);
        await _migration.AddAsync(Fixtures.Read("full"));

        var report = await _migration.Create().MigrateAsync(cancellationToken: Cancellation);

        Assert.Equal((1, 1), (report.MigratedCount, report.FailedCount));
        Assert.Equal("broken", Assert.Single(report.Sessions).SessionId);
    }

    [Fact]
    public async Task Report_OfFixtures_HoldsNoContent()
    {
        await _migration.AddAsync(Fixtures.Names.Select(Fixtures.Read));

        var json = (await _migration.Create().MigrateAsync(cancellationToken: Cancellation)).ToJson();

        Assert.All((string[])["iso q", "order A1", "viewer-password", "You are"], text => Assert.DoesNotContain(text, json, StringComparison.Ordinal));
        Assert.Equal(Fixtures.Names.Count(), BsonDocument.Parse(json)["migratedCount"].ToInt32());
    }

    [Fact]
    public async Task ViewerPassword_IfAskedFor_IsKept()
    {
        await _migration.AddAsync(Fixtures.Read("simple"));
        await _migration.Create().MigrateAsync(cancellationToken: Cancellation);

        var report = await _migration.Create().MigrateAsync(new PythonMigrationOptions { KeepViewerPassword = true }, cancellationToken: Cancellation);

        Assert.Equal((1, 0), (report.UpdatedCount, report.WrittenMessageCount));
        Assert.Equal("viewer-password-of-a-fixture", (await _migration.FindSessionAsync("simple"))!["session_viewer_password"]);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task EachKind_ReadWhereItIs_IsWhatAMigrationWouldShow(string name)
    {
        var source = Fixtures.Read(name);
        await _migration.AddAsync(source);

        var read = await new PythonSessionReader(database.Database, _migration.Source.CollectionNamespace.CollectionName)
            .ReadAsync(source["_id"].AsString, Cancellation);

        var expected = PythonReader.Read(source);
        Assert.Equal(expected.Agents.Keys, read!.Agents.Select(static agent => agent.Config.AgentId).Order(StringComparer.Ordinal));
        Assert.All(read.Agents, agent => Assert.Equal(expected.Agents[agent.Config.AgentId].Messages.Count, agent.Messages.Count));
        Assert.Equal(expected.Feedbacks.Count, read.Feedbacks.Count);
    }

    private static void AssertFeedbackFollows(List<BsonDocument> stored, PythonMigrationReport report)
    {
        var feedbacks = stored.ConvertAll(static one => one["feedback"].AsBsonDocument);
        Assert.Equal((1, 3), (feedbacks[0]["message_id"].AsInt32, feedbacks[0]["python_message_id"].AsInt32));
        Assert.Equal("support", feedbacks[0]["agent_id"]);
        Assert.False(feedbacks[1].Contains("message_id"));
        Assert.Equal(5, feedbacks[1]["python_message_id"]);
        Assert.Equal(PythonMigrationFindingKind.UnresolvedFeedback, Assert.Single(Assert.Single(report.Sessions).Findings).Kind);
    }

    // Each model call of the scripted model costs 120.
    private static int GetExpectedTokens(string name) => name switch
    {
        "full" => 960,
        "snapshots" => 840,
        "window" or "summary" => 960,
        "twoproc" or "disorder" => 480,
        "dotted.id_1" or "ghost" => 120,
        "raw-iso" => 3,
        "raw-bytes" or "orphan" or "empty" => 0,
        // The edited message has lost what it cost; the snapshots around it still tell.
        "edited" => 360,
        _ => 360,
    };
}
