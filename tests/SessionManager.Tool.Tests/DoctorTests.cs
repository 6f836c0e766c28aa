using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using MongoDB.Bson;
using MongoDB.Driver;

namespace SessionManager.Tool.Tests;

/// <summary>
/// <c>doctor</c> and <c>indexes</c>.
/// </summary>
public sealed class DoctorTests(InstalledTool tool, MongoServerFixture server) : IAsyncDisposable
{
    private readonly ToolPlace _place = new(tool, server.ConnectionString);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task UnfinishedAssignment_IsFoundWhenTheSweepIsOverdueAndEnded()
    {
        await _place.AddSessionAsync("s1");
        var since = DateTime.UtcNow;
        Task StopAsync() => _place.Sessions.UpdateOneAsync(
            new BsonDocument("_id", "s1"),
            new BsonDocument("$set", new BsonDocument { { "schema_version", new BsonDocument { { "assigned_to", "~~ada~s1" }, { "token", ObjectId.GenerateNewId() } } }, { "sweep_at", since } }),
            cancellationToken: Cancellation);
        await StopAsync();
        (await _place.RunAsync("doctor")).AssertExit(0);

        since = DateTime.UtcNow.AddHours(-3);
        await StopAsync();
        var found = (await _place.RunAsync("doctor", "--json")).AssertExit(1).Json;
        (await _place.RunAsync("doctor", "--fix", "--yes")).AssertExit(0);

        Assert.Equal("unfinishedAssignment", Assert.Single(found["findings"]!.AsArray())!["kind"]!.GetValue<string>());
        Assert.DoesNotContain("ada", found.ToJsonString(), StringComparison.Ordinal);
        (await _place.RunAsync("doctor")).AssertExit(0);
        (await _place.RunAsync("show", "s1", "--user", "ada")).AssertExit(0);
    }

    [Fact]
    public async Task Healthy_NothingIsFound()
    {
        for (var i = 0; i < 25; i++)
        {
            await _place.AddSessionAsync($"s/{i}%", messageCount: i, agentId: $"agent.{i}/x");
        }

        await _place.AddSessionAsync("s/1%", messageCount: 3, agentId: "other");
        await _place.AddFeedbackAsync("s/1%", "u/1%", "~u");
        await using (var session = _place.Factory.Create("s/1%"))
        {
            await session.AddFeedbackAsync(new Feedback { Comment = "nobody's" }, Cancellation);
            await session.AddFeedbackAsync(new Feedback { UserId = "u/1%", AgentId = "other", Position = 2 }, Cancellation);
        }

        var json = (await _place.RunAsync("doctor", "--json")).AssertExit(0).Json;

        Assert.Equal(
            (25, 303, 4, true),
            (json["sessionCount"]!.GetValue<int>(), json["messageCount"]!.GetValue<int>(), json["feedbackCount"]!.GetValue<int>(), json["isHealthy"]!.GetValue<bool>()));
        Assert.Empty(json["findings"]!.AsArray());
    }

    [Fact]
    public async Task Healthy_HistoriesOnManyBranches_NothingIsFound()
    {
        await using var session = _place.Factory.Create("edited");
        var agent = new SessionAgent("support");
        await session.InitializeAsync(agent, Cancellation);
        for (var turn = 0; turn < 30; turn++)
        {
            for (var edit = 0; edit < 2; edit++)
            {
                await session.RewindAsync("support", 2 * turn, cancellationToken: Cancellation);
                await session.AppendMessagesAsync([new(ChatRole.User, "q"), new(ChatRole.Assistant, "a")], agent, Cancellation);
            }
        }

        await session.ForkAsync("copied", cancellationToken: Cancellation);
        foreach (var change in (Func<Task>[])[() => Task.CompletedTask, () => session.ClearAsync("support", cancellationToken: Cancellation)])
        {
            await change();
            var report = (await _place.RunAsync("doctor", "--json")).AssertExit(0).Json;
            Assert.Empty(report["findings"]!.AsArray());
            Assert.Equal(2 * 2 * 30 + 60, report["messageCount"]!.GetValue<int>());
        }
    }

    [Fact]
    public async Task Healthy_WhileSessionsComeAndGo_NothingIsFound()
    {
        await _place.AddSessionAsync("stays", messageCount: 5);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var inUse = Enumerable.Range(0, 4).Select(task => Task.Run(
            async () =>
            {
                for (var round = 0; !stop.IsCancellationRequested; round++)
                {
                    var id = $"comes/{task}/{round}";
                    await _place.AddSessionAsync(id, messageCount: 6);
                    await _place.AddFeedbackAsync(id, "u-1", "u-2");
                    await using var session = _place.Factory.Create(id);
                    await session.DeleteSessionAsync(Cancellation);
                }
            },
            Cancellation)).ToArray();

        for (var run = 0; run < 5; run++)
        {
            var report = (await _place.RunAsync("doctor", "--json")).AssertExit(0).Json;
            Assert.InRange(report["messageCount"]!.GetValue<int>(), 5, int.MaxValue);
        }

        await stop.CancelAsync();
        await Task.WhenAll(inUse);
    }

    [Fact]
    public async Task EverythingWrong_IsNamed_AndMended()
    {
        foreach (var id in (string[])["orphans", "agentless", "gap", "damaged", "moved", "agents"])
        {
            await _place.AddSessionAsync(id, messageCount: 4);
        }

        await _place.AddFeedbackAsync("orphans", "u");
        await _place.AddFeedbackAsync("damaged", "u");
        await SetAsync(_place.Feedback, FeedbackKey("damaged", await FindFirstAsync("damaged"), "~u"), "$set", "feedback", 5);
        await _place.Feedback.InsertOneAsync(new BsonDocument("_id", 7), cancellationToken: Cancellation);
        await _place.Sessions.DeleteOneAsync(Id("orphans"), Cancellation);
        await SetAsync(_place.Sessions, "agentless", "$unset", "agents.support", 1);
        await DeleteAsync("gap", 1, 2);
        await SetAsync(_place.Messages, await FindKeyAsync("damaged", 2), "$set", "message.role", 7);
        await SetAsync(_place.Messages, await FindKeyAsync("moved", 1), "$set", "message_id", 9);
        await SetAsync(_place.Sessions, "agents", "$set", "agents", "none");
        await _place.Sessions.InsertOneAsync(Fixtures.Read("full"), cancellationToken: Cancellation);
        await _place.Sessions.InsertOneAsync(new BsonDocument { { "_id", "later" }, { "schema_version", 99 }, { "agents", new BsonDocument() } }, cancellationToken: Cancellation);
        await _place.Messages.InsertOneAsync(new BsonDocument { { "_id", "no key" } }, cancellationToken: Cancellation);
        await _place.Messages.InsertOneAsync(new BsonDocument { { "_id", "started/a/0000000000" }, { "session_id", "started" }, { "agent_id", "a" }, { "message_id", 0 }, { "python_message_id", 0 }, { "message", BsonDocument.Parse("{ role: 'user', content: [] }") } }, cancellationToken: Cancellation);
        await _place.Sessions.Indexes.DropOneAsync("updated_at_-1__id_-1", Cancellation);
        var before = await DumpAsync();

        var found = (await _place.RunAsync("doctor", "--json")).AssertExit(1).Json;
        var text = (await _place.RunAsync("doctor")).AssertExit(1).Output;

        (string Kind, string? Place, bool CanFix)[] expected =
        [
            ("damagedFeedback", "damaged", false),
            ("damagedMessage", "damaged/support/2", true),
            ("damagedMessage", "moved/support/1", true),
            ("damagedSession", "agents", false),
            ("foreignFeedback", "", false),
            ("foreignMessage", "", false),
            ("gap", "gap/support/1", true),
            ("laterLayout", "later", false),
            ("missingIndex", "", true),
            ("orphanedAgent", "agentless/support", true),
            ("orphanedFeedback", "orphans", true),
            ("orphanedMessages", "orphans", true),
            ("pythonLayout", "full", false),
            ("unfinishedMigration", "started", false),
        ];
        Assert.Equal(expected, ToFindings(found).OrderBy(static finding => finding.Kind, StringComparer.Ordinal).ThenBy(static finding => finding.Place, StringComparer.Ordinal));
        Assert.Equal(before, await DumpAsync());
        Assert.All(expected, finding => Assert.Contains(finding.Kind, text, StringComparison.OrdinalIgnoreCase));

        // Nobody can be asked, and a dry run does nothing.
        (await _place.RunAsync("doctor", "--fix")).AssertExit(2);
        (await _place.RunAsync("doctor", "--fix", "--dry-run", "--json")).AssertExit(1);
        Assert.Equal(before, await DumpAsync());

        var mended = (await _place.RunAsync("doctor", "--fix", "--yes", "--json")).AssertExit(1).Json;
        var left = (await _place.RunAsync("doctor", "--json")).AssertExit(1).Json;

        Assert.All(mended["findings"]!.AsArray(), static finding => Assert.Equal(finding!["canFix"]!.GetValue<bool>(), finding["isFixed"]!.GetValue<bool>()));
        Assert.Equal(
            ["damagedFeedback", "damagedSession", "foreignFeedback", "foreignMessage", "laterLayout", "pythonLayout", "unfinishedMigration"],
            ToFindings(left).Select(static finding => finding.Kind).Order(StringComparer.Ordinal));
        await AssertGoesOnAsync("gap", ["message 0", "message 3"]);
        await AssertGoesOnAsync("damaged", ["message 0", "message 1", "message 3"]);
        await AssertGoesOnAsync("moved", ["message 0", "message 1", "message 2", "message 3"]);
        await AssertGoesOnAsync("agentless", ["message 0", "message 1", "message 2", "message 3"]);
        Assert.Equal(0, await _place.Messages.CountDocumentsAsync(new BsonDocument("session_id", "orphans"), cancellationToken: Cancellation));
    }

    [Fact]
    public async Task ThreeBranches_NothingIsFound()
    {
        await AddBranchesAsync("s/1%");
        // An empty history, and one that nothing was said in since.
        await using (var session = _place.Factory.Create("s/1%"))
        {
            await session.RewindAsync("support", 5, cancellationToken: Cancellation);
        }

        await _place.AddSessionAsync("cleared", messageCount: 4);
        await using (var session = _place.Factory.Create("cleared"))
        {
            await session.ClearAsync("support", cancellationToken: Cancellation);
        }

        var json = (await _place.RunAsync("doctor", "--json")).AssertExit(0).Json;

        Assert.Equal((2, 13), (json["sessionCount"]!.GetValue<int>(), json["messageCount"]!.GetValue<int>()));
        Assert.Empty(json["findings"]!.AsArray());
    }

    [Fact]
    public async Task GapsOfBranches_AreFound_AndFilled()
    {
        var (first, second, third) = await AddBranchesAsync("s1");
        // The first two on a branch of its own, and the end of a part that others go on from.
        await DeleteFromAsync("s1", second, 3, 4);
        await DeleteFromAsync("s1", first, 2, 3);
        // What a history had for certain.
        await SetAsync(_place.Sessions, "s1", "$set", "agents.support.end", 8);

        var found = (await _place.RunAsync("doctor", "--json")).AssertExit(1).Json;
        (await _place.RunAsync("doctor", "--fix", "--yes")).AssertExit(0);
        (await _place.RunAsync("doctor")).AssertExit(0);

        Assert.Equal(
            [("gap", first, 2), ("gap", second, 3), ("gap", third, 7)],
            found["findings"]!.AsArray().Select(static finding => (
                finding!["kind"]!.GetValue<string>(), finding["branch"]!.GetValue<int>(), finding["position"]!.GetValue<int>())).Order());
        await using var session = _place.Factory.Create("s1");
        var messages = await session.ListMessagesAsync("support", cancellationToken: Cancellation);
        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7], messages.Select(static message => message.Position));
        Assert.Equal([first, first, first, second, second, third, third, third], messages.Select(static message => message.Branch));
        Assert.Equal(["message 0", "message 1", "", "", "", "third 0", "third 1", ""], messages.Select(static message => message.Message.Text));
    }

    [Fact]
    public async Task MessagesOfAnotherBranch_ByTheirFields_AreMended()
    {
        var (_, second, third) = await AddBranchesAsync("s1");
        await SetAsync(_place.Messages, Key("s1", second, 4), "$set", "branch", 7);
        await SetAsync(_place.Messages, Key("s1", third, 5), "$set", "base", "none");
        await SetAsync(_place.Messages, Key("s1", third, 6), "$unset", "base", 1);
        var before = await _place.Messages.Find(Id(Key("s1", third, 6))).SingleAsync(Cancellation);

        var found = (await _place.RunAsync("doctor", "--json")).AssertExit(1).Json;
        (await _place.RunAsync("doctor", "--fix", "--yes")).AssertExit(0);
        (await _place.RunAsync("doctor")).AssertExit(0);

        Assert.False(before.Contains("base"));
        Assert.Equal([("damagedMessage", "s1/support/4", true), ("damagedMessage", "s1/support/5", true), ("damagedMessage", "s1/support/6", true)], ToFindings(found).Order());
        await AssertGoesOnAsync("s1", ["message 0", "message 1", "message 2", "second 0", "second 1", "third 0", "third 1"], position: 7);
    }

    [Fact]
    public async Task LateMessagesOfADeletedSession_AreFoundWhenTheSweepIsOverdue()
    {
        await _place.AddSessionAsync("gone", messageCount: 3);
        var late = await _place.Messages.Find(new BsonDocument()).ToListAsync(Cancellation);
        await using (var session = _place.Factory.Create("gone"))
        {
            await session.DeleteSessionAsync(Cancellation);
        }

        // What a process appends that has not heard of the deletion. Its first message is lost.
        await _place.Messages.InsertManyAsync(late.Skip(1), cancellationToken: Cancellation);
        var waiting = (await _place.RunAsync("doctor", "--json")).AssertExit(0).Json;
        Assert.Equal((0, 2), (waiting["sessionCount"]!.GetValue<int>(), waiting["messageCount"]!.GetValue<int>()));

        await SetAsync(_place.Sessions, "gone", "$set", "sweep_at", DateTime.UtcNow.AddHours(-3));
        var overdue = (await _place.RunAsync("doctor", "--json")).AssertExit(1).Json;
        (await _place.RunAsync("doctor", "--fix", "--yes")).AssertExit(0);
        Assert.Equal([("overdueSweep", "gone", true)], ToFindings(overdue));
        Assert.Equal(0, await _place.Messages.CountDocumentsAsync(new BsonDocument(), cancellationToken: Cancellation));

        // The same, with a new session in its place: below its first branch.
        await SetAsync(_place.Sessions, "gone", "$set", "sweep_at", DateTime.UtcNow.AddDays(3));
        await _place.AddSessionAsync("gone", messageCount: 2);
        await _place.Messages.InsertManyAsync(late.Skip(1), cancellationToken: Cancellation);
        var revived = (await _place.RunAsync("doctor", "--json")).AssertExit(0).Json;
        Assert.Equal((1, 4), (revived["sessionCount"]!.GetValue<int>(), revived["messageCount"]!.GetValue<int>()));

        // After its sweep, nothing would remove them any more.
        await SetAsync(_place.Sessions, "gone", "$unset", "sweep_at", 1);
        var left = (await _place.RunAsync("doctor", "--json")).AssertExit(1).Json;
        (await _place.RunAsync("doctor", "--fix", "--yes")).AssertExit(0);
        Assert.Equal([("overdueSweep", "gone", true)], ToFindings(left));
        await AssertGoesOnAsync("gone", ["message 0", "message 1"], position: 2);
        Assert.Equal(3, await _place.Messages.CountDocumentsAsync(new BsonDocument(), cancellationToken: Cancellation));
    }

    [Fact]
    public async Task MessagesThatADeletedSessionNeverHad_AreOrphans()
    {
        await _place.AddSessionAsync("gone", messageCount: 2);
        var late = await _place.Messages.Find(new BsonDocument()).SortBy(static message => message["_id"]).FirstAsync(Cancellation);
        await using (var session = _place.Factory.Create("gone"))
        {
            await session.DeleteSessionAsync(Cancellation);
        }

        var branch = late["branch"].AsInt32 + 1000;
        await _place.Messages.InsertOneAsync(late.Set("_id", Key("gone", branch, 0)).Set("branch", branch), cancellationToken: Cancellation);

        var found = (await _place.RunAsync("doctor", "--json")).AssertExit(1).Json;
        (await _place.RunAsync("doctor", "--fix", "--yes")).AssertExit(0);

        Assert.Equal([("orphanedMessages", "gone", true)], ToFindings(found));
        Assert.Equal(0, await _place.Messages.CountDocumentsAsync(new BsonDocument(), cancellationToken: Cancellation));
    }

    [Fact]
    public async Task FeedbackWithoutASession_IsDeleted()
    {
        foreach (var id in (string[])["orphans", "kept"])
        {
            await _place.AddSessionAsync(id);
            await _place.AddFeedbackAsync(id, "u-1", "u-2");
        }

        await _place.Messages.DeleteManyAsync(new BsonDocument("session_id", "orphans"), Cancellation);
        await _place.Sessions.DeleteOneAsync(Id("orphans"), Cancellation);

        var found = (await _place.RunAsync("doctor", "--json")).AssertExit(1).Json;
        (await _place.RunAsync("doctor", "--fix", "--dry-run")).AssertExit(1);
        Assert.Equal(4, await CountFeedbackAsync());
        var text = (await _place.RunAsync("doctor", "--fix", "--yes")).AssertExit(0).Output;
        (await _place.RunAsync("doctor")).AssertExit(0);

        Assert.Equal([("orphanedFeedback", "orphans", true)], ToFindings(found));
        Assert.Contains("2 feedbacks have no session.", found["findings"]![0]!["detail"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Contains("1 session, 2 messages, 4 feedbacks: 1 finding.", text, StringComparison.Ordinal);
        Assert.Equal(["u-1", "u-2"], await ListUsersAsync("kept"));
        Assert.Equal(2, await CountFeedbackAsync());
    }

    [Fact]
    public async Task LateFeedbackOfADeletedSession_IsFoundWhenTheSweepIsOverdue()
    {
        await _place.AddSessionAsync("gone", messageCount: 1);
        await _place.AddFeedbackAsync("gone", "u-1", "u-2");
        var late = await _place.Feedback.Find(new BsonDocument()).ToListAsync(Cancellation);
        await using (var session = _place.Factory.Create("gone"))
        {
            await session.DeleteSessionAsync(Cancellation);
        }

        // As a process leaves it that was killed, or has not heard of the deletion.
        await _place.Feedback.InsertManyAsync(late, cancellationToken: Cancellation);
        var waiting = (await _place.RunAsync("doctor", "--json")).AssertExit(0).Json;
        Assert.Equal((0, 2), (waiting["sessionCount"]!.GetValue<int>(), waiting["feedbackCount"]!.GetValue<int>()));

        await SetAsync(_place.Sessions, "gone", "$set", "sweep_at", DateTime.UtcNow.AddHours(-3));
        var overdue = (await _place.RunAsync("doctor", "--json")).AssertExit(1).Json;
        (await _place.RunAsync("doctor", "--fix", "--yes")).AssertExit(0);
        Assert.Equal([("overdueSweep", "gone", true)], ToFindings(overdue));
        Assert.Contains("2 feedbacks of a deleted session should have been swept", overdue["findings"]![0]!["detail"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(0, await CountFeedbackAsync());

        // The same, with a new session in its place: below its first branch.
        await SetAsync(_place.Sessions, "gone", "$set", "sweep_at", DateTime.UtcNow.AddDays(3));
        await _place.AddSessionAsync("gone", messageCount: 1);
        await _place.AddFeedbackAsync("gone", "u-2", "u-3");
        await _place.Feedback.InsertManyAsync(late, cancellationToken: Cancellation);
        var revived = (await _place.RunAsync("doctor", "--json")).AssertExit(0).Json;
        Assert.Equal((1, 4), (revived["sessionCount"]!.GetValue<int>(), revived["feedbackCount"]!.GetValue<int>()));

        // After its sweep, nothing would remove them any more.
        await SetAsync(_place.Sessions, "gone", "$unset", "sweep_at", 1);
        var left = (await _place.RunAsync("doctor", "--json")).AssertExit(1).Json;
        (await _place.RunAsync("doctor", "--fix", "--yes")).AssertExit(0);
        (await _place.RunAsync("doctor")).AssertExit(0);
        Assert.Equal([("overdueSweep", "gone", true)], ToFindings(left));
        Assert.Contains("2 feedbacks of a deleted session came after it was swept.", left["findings"]![0]!["detail"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(["u-2", "u-3"], await ListUsersAsync("gone"));
        Assert.Equal(2, await CountFeedbackAsync());
    }

    [Fact]
    public async Task FeedbackThatADeletedSessionNeverHad_IsOrphaned()
    {
        await _place.AddSessionAsync("gone", messageCount: 1);
        await _place.AddFeedbackAsync("gone", "u");
        var late = await _place.Feedback.Find(new BsonDocument()).SingleAsync(Cancellation);
        await using (var session = _place.Factory.Create("gone"))
        {
            await session.DeleteSessionAsync(Cancellation);
        }

        var first = late["first"].AsInt32 + 1000;
        await _place.Feedback.InsertOneAsync(late.Set("_id", FeedbackKey("gone", first, "~u")).Set("first", first), cancellationToken: Cancellation);

        var found = (await _place.RunAsync("doctor", "--json")).AssertExit(1).Json;
        (await _place.RunAsync("doctor", "--fix", "--yes")).AssertExit(0);

        Assert.Equal([("orphanedFeedback", "gone", true)], ToFindings(found));
        Assert.Contains("1 feedback has no session.", found["findings"]![0]!["detail"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(0, await CountFeedbackAsync());
    }

    [Fact]
    public async Task FeedbackThatIsDamaged_IsNamed_AndFiledByItsKey()
    {
        await _place.AddSessionAsync("s1", messageCount: 1);
        await _place.AddFeedbackAsync("s1", "bare", "whole", "moved", "others", "untimed", "earlier");
        await using (var session = _place.Factory.Create("s1"))
        {
            // The user of another program's feedback need not be in its key.
            var own = await session.AddFeedbackAsync(new Feedback { Comment = "own" }, Cancellation);
            await SetAsync(_place.Feedback, FeedbackKey("s1", await FindFirstAsync("s1"), own!.Id!), "$set", "user", "own");
        }

        var first = await FindFirstAsync("s1");
        await SetAsync(_place.Feedback, FeedbackKey("s1", first, "~bare"), "$set", "feedback", "none");
        await SetAsync(_place.Feedback, FeedbackKey("s1", first, "~moved"), "$set", "session_id", "s2");
        await SetAsync(_place.Feedback, FeedbackKey("s1", first, "~others"), "$set", "user", "u-9");
        await SetAsync(_place.Feedback, FeedbackKey("s1", first, "~untimed"), "$unset", "created_at", 1);
        await SetAsync(_place.Feedback, FeedbackKey("s1", first, "~earlier"), "$set", "first", first - 1);

        var found = (await _place.RunAsync("doctor", "--json")).AssertExit(1).Json;
        var text = (await _place.RunAsync("doctor")).AssertExit(1).Output;
        (await _place.RunAsync("doctor", "--fix", "--yes")).AssertExit(1);
        var left = (await _place.RunAsync("doctor", "--json")).AssertExit(1).Json;

        Assert.Equal(
            [("~bare", "'feedback'", false), ("~earlier", "key", true), ("~moved", "key", true), ("~others", "key", true), ("~untimed", "'created_at'", false)],
            found["findings"]!.AsArray().Select(static finding => (
                finding!["feedbackId"]!.GetValue<string>(),
                ((string[])["'feedback'", "'created_at'", "key"]).First(word => finding["detail"]!.GetValue<string>().Contains(word, StringComparison.Ordinal)),
                finding["canFix"]!.GetValue<bool>())).Order());
        Assert.All(found["findings"]!.AsArray(), finding => Assert.Equal(
            ("damagedFeedback", "s1", first), (finding!["kind"]!.GetValue<string>(), finding["sessionId"]!.GetValue<string>(), finding["branch"]!.GetValue<int>())));
        Assert.Contains("DamagedFeedback", text, StringComparison.Ordinal);
        Assert.DoesNotContain("by bare", found.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal(["~bare", "~untimed"], left["findings"]!.AsArray().Select(static finding => finding!["feedbackId"]!.GetValue<string>()).Order());
        Assert.Equal(["bare", "earlier", "moved", "others", "own", "untimed", "whole"], await ListUsersAsync("s1"));
        await using var again = _place.Factory.Create("s1");
        Assert.True(await again.DeleteFeedbackAsync("~moved", Cancellation));
    }

    [Theory]
    [InlineData("x")]
    [InlineData("x/0000000001/~u")]
    [InlineData("x/~1/~u")]
    [InlineData("x/~0000000001/")]
    [InlineData("x/~0000000001/~u/support")]
    [InlineData("x/~0000000001/~u/support/1/0000000000")]
    [InlineData("/~0000000001/~u")]
    [InlineData("{long}/~0000000001/~u")]
    public async Task FeedbackWhoseKeyNamesNoSession_IsForeign(string key)
    {
        await _place.AddSessionAsync("x", messageCount: 2);
        await _place.AddFeedbackAsync("x", "u");
        await _place.Feedback.InsertOneAsync(Id(key.Replace("{long}", new string('a', 300), StringComparison.Ordinal)), cancellationToken: Cancellation);

        var found = (await _place.RunAsync("doctor", "--json")).AssertExit(1).Json;
        (await _place.RunAsync("doctor", "--fix", "--yes")).AssertExit(1);

        Assert.Equal([("foreignFeedback", "", false)], ToFindings(found));
        Assert.Equal(2, await CountFeedbackAsync());
    }

    [Fact]
    public async Task FeedbackOfALaterSessionThanThereIs_IsForeign()
    {
        await _place.AddSessionAsync("x", messageCount: 2);
        await _place.AddFeedbackAsync("x", "u");
        var feedback = await _place.Feedback.Find(new BsonDocument()).SingleAsync(Cancellation);
        // As a restore leaves it that brings an earlier session back.
        var later = feedback["first"].AsInt32 + 1000;
        await _place.Feedback.InsertOneAsync(feedback.Set("_id", FeedbackKey("x", later, "~u")).Set("first", later), cancellationToken: Cancellation);

        var found = (await _place.RunAsync("doctor", "--json")).AssertExit(1).Json;
        (await _place.RunAsync("doctor", "--fix", "--yes")).AssertExit(1);

        Assert.Equal([("foreignFeedback", "x", false)], ToFindings(found));
        Assert.Equal(later, found["findings"]![0]!["branch"]!.GetValue<int>());
        Assert.Equal(2, await CountFeedbackAsync());
    }

    [Fact]
    public async Task FeedbackOfManySessions_IsLookedAtInParts()
    {
        const int Sessions = 450;
        await _place.AddSessionAsync("s", messageCount: 0);
        await _place.AddFeedbackAsync("s", "u");
        var session = await _place.Sessions.Find(Id("s")).SingleAsync(Cancellation);
        var feedback = await _place.Feedback.Find(new BsonDocument()).SingleAsync(Cancellation);
        var names = Enumerable.Range(0, Sessions).Select(static i => $"s{i:D4}").ToArray();
        await _place.Sessions.InsertManyAsync(names.Select(name => ((BsonDocument)session.DeepClone()).Set("_id", name).Set("session_id", name)), cancellationToken: Cancellation);
        await _place.Feedback.InsertManyAsync(
            names.SelectMany(name => ((string[])["~u", "~v"]).Select(id => ((BsonDocument)feedback.DeepClone())
                .Set("_id", FeedbackKey(name, session["first"].AsInt32, id)).Set("session_id", name).Set("user", id[1..]))),
            cancellationToken: Cancellation);
        (await _place.RunAsync("doctor")).AssertExit(0);
        await _place.Sessions.DeleteManyAsync(new BsonDocument("_id", new BsonDocument("$in", new BsonArray { names[0], names[199], names[200], names[^1] })), Cancellation);

        var found = (await _place.RunAsync("doctor", "--json")).AssertExit(1).Json;
        (await _place.RunAsync("doctor", "--fix", "--yes")).AssertExit(0);

        Assert.Equal(
            ((int[])[0, 199, 200, Sessions - 1]).Select(i => ("orphanedFeedback", (string?)names[i], true)), ToFindings(found));
        Assert.Equal(1 + (2 * (Sessions - 4)), await CountFeedbackAsync());
    }

    [Fact]
    public async Task IndexThatTheServerRefuses_IsNotFixed()
    {
        await _place.AddSessionAsync("s1");
        await _place.Sessions.Indexes.DropOneAsync("updated_at_-1__id_-1", Cancellation);
        await _place.Sessions.Indexes.DropOneAsync("sweep_at_1", Cancellation);
        await _place.Messages.Indexes.DropOneAsync("session_id_1_guardrail_event.timestamp_1", Cancellation);
        var data = new BsonDocument
        {
            { "failCommands", new BsonArray { "createIndexes" } }, { "errorCode", 13 }, { "namespace", _place.Sessions.CollectionNamespace.FullName },
        };
        await using (await FailPoint.SetAsync(server.Client, "failCommand", data))
        {
            var refused = (await _place.RunAsync("doctor", "--fix", "--yes", "--json")).AssertExit(1);

            Assert.False(refused.Json["isHealthy"]!.GetValue<bool>());
            // That of the other collection is created.
            Assert.Equal([false, false, true], refused.Json["findings"]!.AsArray().Select(static finding => finding!["isFixed"]!.GetValue<bool>()).Order());
            Assert.Equal(2, refused.Error.Split("not fixed: MissingIndex").Length - 1);
        }

        (await _place.RunAsync("doctor", "--fix", "--yes")).AssertExit(0);
        (await _place.RunAsync("doctor")).AssertExit(0);
    }

    [Fact]
    public async Task MessageThatAnotherWriterChangesMeanwhile_IsNotFixed()
    {
        await _place.AddSessionAsync("s1", messageCount: 3);
        var key = await FindKeyAsync("s1", 1);
        await SetAsync(_place.Messages, key, "$set", "message.role", 7);
        var environment = _place.Environment;
        environment["SESSION_MANAGER_CONNECTION"] = new MongoUrlBuilder(_place.ConnectionString) { ApplicationName = _place.DatabaseName }.ToString();
        // So that another write comes between the one that reads the message and the one that replaces it.
        var data = new BsonDocument
        {
            { "failCommands", new BsonArray { "update" } }, { "blockConnection", true }, { "blockTimeMS", 500 }, { "appName", _place.DatabaseName },
        };
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var writing = Task.Run(
            async () =>
            {
                for (var round = 0; !stop.IsCancellationRequested; round++)
                {
                    await SetAsync(_place.Messages, key, "$set", "updated_at", DateTime.UnixEpoch.AddSeconds(round));
                }
            },
            Cancellation);
        await using (await FailPoint.SetAsync(server.Client, "failCommand", data))
        {
            var result = (await tool.RunAsync(environment, "doctor", "--fix", "--yes", "--json")).AssertExit(1);

            Assert.False(Assert.Single(result.Json["findings"]!.AsArray())!["isFixed"]!.GetValue<bool>());
            Assert.Contains("not fixed: DamagedMessage", result.Error, StringComparison.Ordinal);
        }

        await stop.CancelAsync();
        await writing;
        (await _place.RunAsync("doctor", "--fix", "--yes")).AssertExit(0);
        await AssertGoesOnAsync("s1", ["message 0", "message 2"], position: 3);
    }

    [Theory]
    [InlineData(long.MaxValue, 1)]
    [InlineData(long.MinValue, 1)]
    [InlineData(253402300799999, 0)]
    public async Task SweepAtATimeThatDotNetHasNot_EndsNothing(long sweepAt, int exitCode)
    {
        await _place.AddSessionAsync("gone", messageCount: 3);
        var late = await _place.Messages.Find(new BsonDocument()).ToListAsync(Cancellation);
        await using (var session = _place.Factory.Create("gone"))
        {
            await session.DeleteSessionAsync(Cancellation);
        }

        // Servers store any. The last one is the end of the year 9999.
        await SetAsync(_place.Sessions, "gone", "$set", "sweep_at", new BsonDateTime(sweepAt));
        await _place.Messages.InsertManyAsync(late, cancellationToken: Cancellation);

        var found = (await _place.RunAsync("doctor", "--json")).AssertExit(exitCode).Json;

        Assert.Equal(Enumerable.Repeat(("overdueSweep", (string?)"gone", true), exitCode), ToFindings(found));
    }

    [Fact]
    public async Task Messages_AreDeletedUntilNoneIsLeft()
    {
        await _place.AddSessionAsync("orphans", messageCount: 3);
        await _place.AddSessionAsync("gone", messageCount: 3);
        await _place.Sessions.DeleteOneAsync(Id("orphans"), Cancellation);
        var late = await _place.Messages.Find(new BsonDocument("session_id", "gone")).ToListAsync(Cancellation);
        await using (var session = _place.Factory.Create("gone"))
        {
            await session.DeleteSessionAsync(Cancellation);
        }

        await SetAsync(_place.Sessions, "gone", "$set", "sweep_at", DateTime.UtcNow.AddHours(-3));
        await _place.Messages.InsertManyAsync(late, cancellationToken: Cancellation);
        var data = new BsonDocument
        {
            { "failCommands", new BsonArray { "delete" } }, { "blockConnection", true }, { "blockTimeMS", 1 }, { "namespace", _place.Messages.CollectionNamespace.FullName },
        };
        await using var deletes = await FailPoint.SetAsync(server.Client, "failCommand", data);

        var mended = (await _place.RunAsync("doctor", "--fix", "--yes", "--json")).AssertExit(0).Json;

        Assert.Equal([("orphanedMessages", "orphans", true), ("overdueSweep", "gone", true)], ToFindings(mended).Order());
        Assert.Equal(0, await _place.Messages.CountDocumentsAsync(new BsonDocument(), cancellationToken: Cancellation));
        // Once more for each: a sharded cluster that moves documents may miss some by one command.
        Assert.Equal(4, await deletes.TurnOffAsync());
    }

    [Theory]
    [InlineData(30_000, "last sign of life")]
    [InlineData(0, "without knowing what it has stored")]
    public async Task StuckRun_IsNamedWithItsOwner_AndTakenOver(int term, string detail)
    {
        foreach (var id in (string[])["stuck", "alive", "ended"])
        {
            await _place.AddSessionAsync(id, messageCount: 2);
        }

        var hello = await _place.Database.RunCommandAsync<BsonDocument>(new BsonDocument("hello", 1), cancellationToken: Cancellation);
        var now = hello["localTime"].ToUniversalTime();
        await SetRunAsync("stuck", now.AddSeconds(-term / 1000).AddMinutes(-2), isReleased: false);
        await SetRunAsync("alive", now.AddSeconds(-term / 1000), isReleased: false);
        await SetRunAsync("ended", now.AddDays(-1), isReleased: true);

        var found = (await _place.RunAsync("doctor", "--json")).AssertExit(1).Json;
        var text = (await _place.RunAsync("doctor", "--fix", "--yes")).AssertExit(1).Output;

        Assert.Equal([("stuckRun", "stuck/support", false)], ToFindings(found));
        Assert.Contains("web-7", found["findings"]![0]!["detail"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Contains("since 2026-01-02 03:04:05Z", found["findings"]![0]!["detail"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Contains(detail, found["findings"]![0]!["detail"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Contains("takes over", found["findings"]![0]!["remedy"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Contains("StuckRun", text, StringComparison.Ordinal);

        await using (var session = _place.Factory.Create("stuck"))
        {
            var agent = new SessionAgent("support");
            await using var run = await session.StartRunAsync(agent, cancellationToken: Cancellation);
            Assert.Equal(2, agent.Messages.Count);
        }

        (await _place.RunAsync("doctor")).AssertExit(0);

        Task SetRunAsync(string id, DateTime renewed, bool isReleased) => SetAsync(_place.Sessions, id, "$set", "agents.support.run", new BsonDocument
        {
            { "token", "t1" },
            { "owner", "web-7" },
            { "term", (long)term },
            { "released", isReleased },
            { "since", new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc) },
            { "renewed", renewed },
        });
    }

    [Fact]
    public async Task HistoryThatCannotBeTold_IsNamed()
    {
        await AddBranchesAsync("s1");
        await SetAsync(_place.Sessions, "s1", "$set", "agents.support.base", "none");

        var found = (await _place.RunAsync("doctor", "--json")).AssertExit(1).Json;

        Assert.Equal([("damagedSession", "s1/support", false)], ToFindings(found));
    }

    [Theory]
    [InlineData("x//0000000000")]
    [InlineData("x/ /0000000000")]
    [InlineData("/support/0000000000")]
    [InlineData("x/{long}/~0000000007/0000000000")]
    [InlineData("x/sup\0port/0000000000")]
    public async Task MessagesOfIdsThatNoSessionManagerTakes_AreForeign(string key)
    {
        await _place.AddSessionAsync("x", messageCount: 2);
        key = key.Replace("{long}", new string('a', 300), StringComparison.Ordinal);
        await _place.Messages.InsertOneAsync(Id(key), cancellationToken: Cancellation);

        var found = (await _place.RunAsync("doctor", "--json")).AssertExit(1).Json;

        Assert.Equal([("foreignMessage", "", false)], ToFindings(found));
        Assert.Equal(3, found["messageCount"]!.GetValue<int>());
    }

    [Fact]
    public async Task AgentThatIsStoredTwice_EndsNothing()
    {
        await _place.AddSessionAsync("s1", messageCount: 2, agentId: "50%");
        var session = await _place.Sessions.Find(Id("s1")).SingleAsync(Cancellation);
        // As another writer stores it, which encodes no names.
        session["agents"].AsBsonDocument.Add("50%", session["agents"]["50%25"].DeepClone());
        await _place.Sessions.ReplaceOneAsync(Id("s1"), session, cancellationToken: Cancellation);

        (await _place.RunAsync("doctor")).AssertExit(0);
    }

    [Fact]
    public async Task Indexes_AreThoseThatTheLibraryCreates()
    {
        var missing = (await _place.RunAsync("indexes", "--json", "--metadata-field", "customer.tier", "--expires")).AssertExit(1).Json;
        var created = (await _place.RunAsync("indexes", "--json", "--create", "--metadata-field", "customer.tier", "--expires")).AssertExit(0).Json;
        var again = (await _place.RunAsync("indexes", "--json", "--metadata-field", "customer.tier", "--expires")).AssertExit(0).Json;
        var without = (await _place.RunAsync("indexes", "--json")).AssertExit(0).Json;

        Assert.All(missing.AsArray(), static index => Assert.Equal("missing", index!["state"]!.GetValue<string>()));
        Assert.All(created.AsArray(), static index => Assert.Equal("created", index!["state"]!.GetValue<string>()));
        Assert.All(again.AsArray(), static index => Assert.Equal("present", index!["state"]!.GetValue<string>()));
        Assert.Equal(4, without.AsArray().Count(static index => index!["state"]!.GetValue<string>() == "other"));
        Assert.Equal(12, again.AsArray().Count);

        // The library itself, in another collection, creates the same.
        var services = new ServiceCollection();
        services.AddMongoSessionManager(options =>
        {
            options.ConnectionString = server.ConnectionString;
            options.DatabaseName = _place.DatabaseName;
            options.CollectionName = "own";
            options.MetadataFields = ["customer.tier"];
            options.SessionTtl = TimeSpan.FromDays(1);
        });
        await using var provider = services.BuildServiceProvider();
        await provider.GetRequiredService<SessionStorageProvider>().DefaultStorage.PrepareAsync(Cancellation);
        foreach (var suffix in (string[])["", "_messages", "_feedback"])
        {
            var own = await NamesAsync($"own{suffix}");
            Assert.Equal(own, await NamesAsync($"sessions{suffix}"));
            Assert.Equal(own, again.AsArray().Where(index => index!["collection"]!.GetValue<string>() == $"sessions{suffix}").Select(static index => index!["name"]!.GetValue<string>()).Order());
        }

        async Task<IEnumerable<string>> NamesAsync(string collection)
        {
            var indexes = await (await _place.Database.GetCollection<BsonDocument>(collection).Indexes.ListAsync(Cancellation)).ToListAsync(Cancellation);
            return indexes.Select(static index => index["name"].AsString).Where(static name => name != "_id_").Order();
        }
    }

    private static BsonDocument Id(string id) => new("_id", id);

    private static IEnumerable<(string Kind, string? Place, bool CanFix)> ToFindings(System.Text.Json.Nodes.JsonNode report) =>
        report["findings"]!.AsArray().Select(static finding => (
            finding!["kind"]!.GetValue<string>(),
            (string?)string.Join('/', new[] { finding["sessionId"]?.ToString(), finding["agentId"]?.ToString(), finding["position"]?.ToString() }.Where(static part => part is not null)),
            finding["canFix"]!.GetValue<bool>()));

    private static Task<UpdateResult> SetAsync(IMongoCollection<BsonDocument> collection, string id, string @operator, string field, BsonValue value) =>
        collection.UpdateOneAsync(Id(id), new BsonDocument(@operator, new BsonDocument(field, value)), cancellationToken: Cancellation);

    private static string FeedbackKey(string sessionId, int first, string id) => $"{sessionId}/~{first:D10}/{id}";

    private static string Key(string sessionId, int branch, int position) => $"{sessionId}/support/~{branch:D10}/{position:D10}";

    private Task<long> CountFeedbackAsync() => _place.Feedback.CountDocumentsAsync(new BsonDocument(), cancellationToken: Cancellation);

    private async Task<int> FindFirstAsync(string sessionId) => (await _place.Sessions.Find(Id(sessionId)).SingleAsync(Cancellation))["first"].AsInt32;

    private async Task<IEnumerable<string?>> ListUsersAsync(string sessionId)
    {
        await using var session = _place.Factory.Create(sessionId);
        return (await session.GetFeedbacksAsync(Cancellation)).Select(static feedback => feedback.UserId).Order(StringComparer.Ordinal);
    }

    private async Task<string> FindKeyAsync(string sessionId, int position)
    {
        var message = await _place.Messages.Find(new BsonDocument { { "session_id", sessionId }, { "message_id", position } }).SingleAsync(Cancellation);
        return message["_id"].AsString;
    }

    private Task<DeleteResult> DeleteAsync(string sessionId, params int[] positions) => _place.Messages.DeleteManyAsync(
        new BsonDocument { { "session_id", sessionId }, { "message_id", new BsonDocument("$in", new BsonArray(positions)) } }, Cancellation);

    private Task<DeleteResult> DeleteFromAsync(string sessionId, int branch, params int[] positions) => _place.Messages.DeleteManyAsync(
        new BsonDocument("_id", new BsonDocument("$in", new BsonArray(positions.Select(position => Key(sessionId, branch, position))))), Cancellation);

    /// <summary>
    /// Stores a session that was rewound twice: 0 to 3 on one branch, from there 3 to 5 on a second one, from its 5 on two more.
    /// </summary>
    private async Task<(int First, int Second, int Third)> AddBranchesAsync(string sessionId)
    {
        await _place.AddSessionAsync(sessionId, messageCount: 4);
        var second = await _place.RewindAsync(sessionId, 3, "second 0", "second 1", "second 2");
        var third = await _place.RewindAsync(sessionId, 5, "third 0", "third 1");
        await using var session = _place.Factory.Create(sessionId);
        var branches = await session.ListBranchesAsync("support", cancellationToken: Cancellation);
        Assert.Equal([third, second], branches.Take(2).Select(static branch => branch.Branch.Number));
        return (branches[2].Branch.Number, second, third);
    }

    private async Task AssertGoesOnAsync(string sessionId, string[] texts, int position = 4)
    {
        await using var session = _place.Factory.Create(sessionId);
        var agent = new SessionAgent("support");
        await session.InitializeAsync(agent, Cancellation);
        Assert.Equal(texts, agent.Messages.Where(static message => message.Contents.Count > 0).Select(static message => message.Text));
        Assert.Equal(position, await session.AppendMessageAsync(new ChatMessage(ChatRole.User, "on"), agent, Cancellation));
    }

    private async Task<string> DumpAsync()
    {
        var documents = new List<BsonDocument>();
        foreach (var collection in (IMongoCollection<BsonDocument>[])[_place.Sessions, _place.Messages, _place.Feedback])
        {
            documents.AddRange(await collection.Find(new BsonDocument()).Sort(new BsonDocument("_id", 1)).ToListAsync(Cancellation));
        }

        return string.Concat(documents.Select(static document => document.ToJson()));
    }

    public ValueTask DisposeAsync() => _place.DisposeAsync();
}
