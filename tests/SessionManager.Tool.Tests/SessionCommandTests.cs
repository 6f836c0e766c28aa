using Microsoft.Extensions.AI;
using MongoDB.Bson;
using MongoDB.Driver;

namespace SessionManager.Tool.Tests;

/// <summary>
/// <c>list</c>, <c>show</c>, <c>delete</c>, <c>erase</c>, <c>hold</c>, and what every command has.
/// </summary>
public sealed class SessionCommandTests(InstalledTool tool, MongoServerFixture server) : IAsyncDisposable
{
    private readonly ToolPlace _place = new(tool, server.ConnectionString);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task List_ShowsPages_AndFilters()
    {
        await _place.AddSessionAsync("s1", metadata: new Dictionary<string, object?> { ["tier"] = "gold", ["n"] = 1 });
        await _place.AddSessionAsync("s2", metadata: new Dictionary<string, object?> { ["tier"] = "silver" });
        await _place.AddSessionAsync("s3");

        var all = (await _place.RunAsync("list", "--json")).AssertExit(0).Json;
        var first = (await _place.RunAsync("list", "--json", "--limit", "2")).AssertExit(0).Json;
        var second = (await _place.RunAsync("list", "--json", "--limit", "2", "--after", first["next"]!.GetValue<string>())).AssertExit(0).Json;
        var gold = (await _place.RunAsync("list", "--json", "--metadata", "tier=gold", "--metadata", "n=1", "--application", "shop")).AssertExit(0).Json;
        var table = (await _place.RunAsync("list", "--updated")).AssertExit(0).Output;

        Assert.Equal(["s3", "s2", "s1"], Ids(all));
        Assert.Equal(["s3", "s2"], Ids(first));
        Assert.Equal(["s1"], Ids(second));
        Assert.Null(second["next"]);
        Assert.Equal(["s1"], Ids(gold));
        Assert.Equal("""{"tier":"gold","n":1}""", gold["sessions"]![0]!["metadata"]!.ToJsonString());
        Assert.Equal("shop", gold["sessions"]![0]!["applicationName"]!.GetValue<string>());
        Assert.Contains("│ s1      │ shop        │", table, StringComparison.Ordinal);

        static IEnumerable<string> Ids(System.Text.Json.Nodes.JsonNode page) =>
            page["sessions"]!.AsArray().Select(static session => session!["sessionId"]!.GetValue<string>());
    }

    [Fact]
    public async Task Owner_TenantAndUser_SelectTheirSessions()
    {
        SessionOwner[] owners = [SessionOwner.None, new() { User = "eva" }, new() { Tenant = "acme", User = "eva" }];
        foreach (var owner in owners)
        {
            await using var session = _place.Factory.ForOwner(owner).Create("s1");
            await session.UpdateMetadataAsync(new Dictionary<string, object?> { ["of"] = $"{owner.Tenant}/{owner.User}" }, Cancellation);
        }

        var table = (await _place.RunAsync("list")).AssertExit(0).Output;
        var ofUser = (await _place.RunAsync("list", "--json", "--user", "eva")).AssertExit(0).Json;
        var shown = (await _place.RunAsync("show", "s1", "--tenant", "acme", "--user", "eva")).AssertExit(0).Output;
        var byKey = (await _place.RunAsync("show", "~acme~eva~s1", "--json")).AssertExit(0).Json;
        (await _place.RunAsync("show", "s1", "--tenant", "acme")).AssertExit(4);
        (await _place.RunAsync("list", "--tenant", " ")).AssertExit(2);
        (await _place.RunAsync("delete", "s1", "--user", "eva", "--yes")).AssertExit(0);
        (await _place.RunAsync("delete", "s1", "--user", "eva", "--yes")).AssertExit(4);

        Assert.Contains("│ acme / eva │ s1 ", table, StringComparison.Ordinal);
        Assert.Contains("│ – / eva    │ s1 ", table, StringComparison.Ordinal);
        Assert.Equal("eva", Assert.Single(ofUser["sessions"]!.AsArray())!["owner"]!["user"]!.GetValue<string>());
        Assert.Contains("acme / eva", shown, StringComparison.Ordinal);
        Assert.Equal("acme/eva", byKey["metadata"]!["of"]!.GetValue<string>());
        Assert.Equal("s1", byKey["sessionId"]!.GetValue<string>());
        Assert.False(await ExistsAsync(owners[1]));
        Assert.True(await ExistsAsync(owners[2]));

        Task<bool> ExistsAsync(SessionOwner owner) => _place.Factory.ForOwner(owner).Create("s1").SessionExistsAsync(Cancellation);
    }

    [Fact]
    public async Task Show_TellsTheConversation()
    {
        await using (var session = _place.Factory.Create("s1"))
        {
            var agent = new SessionAgent("support") { Model = "gpt-5" };
            await session.InitializeAsync(agent, Cancellation);
            await session.AppendMessagesAsync(
                [
                    new ChatMessage(ChatRole.User, [new TextContent("Where is it?"), new DataContent(new byte[3], "image/png")]),
                    new ChatMessage(ChatRole.Assistant, [new FunctionCallContent("c1", "lookup", new Dictionary<string, object?> { ["order"] = 7 })]),
                    new ChatMessage(ChatRole.Tool, [new FunctionResultContent("c1", "sent \u001b]0;owned\u0007\u202Egnorts")]),
                ],
                agent,
                Cancellation);
            agent.Metrics.AddModelCall(new UsageDetails { TotalTokenCount = 1234 }, TimeSpan.FromMilliseconds(5));
            await session.AppendMessagesAsync([new ChatMessage(ChatRole.Assistant, "On its way.")], agent, Cancellation);
            await session.RedactLatestMessageAsync(new ChatMessage(ChatRole.Assistant, "[hidden]"), agent, new RedactionDetails(), Cancellation);
            await session.AddFeedbackAsync(new Feedback { Rating = FeedbackRating.Up, Comment = "Quick!", AgentId = "support", Position = 3 }, Cancellation);
        }

        var json = (await _place.RunAsync("show", "s1", "--json")).AssertExit(0).Json;
        var last = (await _place.RunAsync("show", "s1", "--json", "--last", "1", "--agent", "support")).AssertExit(0).Json;
        var text = (await _place.RunAsync("show", "s1")).AssertExit(0).Output;

        Assert.Equal("sessionManager", json["layout"]!.GetValue<string>());
        var messages = json["agents"]![0]!["messages"]!.AsArray();
        Assert.Equal(["user", "assistant", "tool", "assistant"], messages.Select(static message => message!["role"]!.GetValue<string>()));
        Assert.Equal("Where is it?", messages[0]!["contents"]![0]!["text"]!.GetValue<string>());
        Assert.Equal("lookup", messages[1]!["contents"]![0]!["name"]!.GetValue<string>());
        Assert.True(messages[3]!["isRedacted"]!.GetValue<bool>());
        Assert.Equal(1234, messages[3]!["totalTokens"]!.GetValue<int>());
        Assert.Equal(3, Assert.Single(last["agents"]![0]!["messages"]!.AsArray())!["position"]!.GetValue<int>());

        Assert.Contains("→ lookup({\"order\":7})", text, StringComparison.Ordinal);
        Assert.Contains("[image/png, 3 bytes]", text, StringComparison.Ordinal);
        Assert.Contains("redacted (BLOCKED)", text, StringComparison.Ordinal);
        Assert.Contains("feedback up on support #3: Quick!", text, StringComparison.Ordinal);
        Assert.DoesNotContain("On its way", text, StringComparison.Ordinal);
        // What a tool has returned does nothing to the terminal.
        Assert.DoesNotContain('\u001b', text);
        Assert.DoesNotContain('\u202e', text);
        Assert.Contains("sent \\u001b]0;owned\\u0007\\u202egnorts", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Show_OfPythonsLayout_ReadsAndWritesNothing()
    {
        var python = Fixtures.Read("full");
        await _place.Sessions.InsertOneAsync(python, cancellationToken: Cancellation);

        var json = (await _place.RunAsync("show", "full", "--json")).AssertExit(0).Json;
        var text = (await _place.RunAsync("show", "full")).AssertExit(0).Output;

        Assert.Equal("python", json["layout"]!.GetValue<string>());
        Assert.Equal(14, json["agents"]![0]!["messages"]!.AsArray().Count);
        Assert.Contains("A picture of a cat.", text, StringComparison.Ordinal);
        Assert.Contains("Python library", text, StringComparison.Ordinal);
        Assert.DoesNotContain("viewer-password", json.ToJsonString() + text, StringComparison.Ordinal);
        Assert.Equal(python, await _place.Sessions.Find(new BsonDocument("_id", "full")).SingleAsync(Cancellation));
    }

    [Fact]
    public async Task Show_OfSeveralBranches_ShowsTheCurrentOne_OrTheOneThatIsAskedFor()
    {
        await _place.AddSessionAsync("s1", messageCount: 4);
        await _place.AddSessionAsync("s1", messageCount: 1, agentId: "other");
        var second = await _place.RewindAsync("s1", 3, "second");
        var third = await _place.RewindAsync("s1", 1, "third");

        var json = (await _place.RunAsync("show", "s1", "--json")).AssertExit(0).Json;
        var agents = json["agents"]!.AsArray().ToDictionary(static agent => agent!["agentId"]!.GetValue<string>(), static agent => agent!);
        var branches = agents["support"]["branches"]!.AsArray().Select(static branch => (
            branch!["number"]!.GetValue<int>(), branch["messageCount"]!.GetValue<int>(), branch["isCurrent"]!.GetValue<bool>())).ToList();
        var first = branches[^1].Item1;
        var older = (await _place.RunAsync("show", "s1", "--json", "--branch", $"{second}")).AssertExit(0).Json;
        var last = (await _place.RunAsync("show", "s1", "--json", "--branch", $"{first}", "--last", "1")).AssertExit(0).Json;
        var text = (await _place.RunAsync("show", "s1", "--branch", $"{second}")).AssertExit(0).Output;
        var none = (await _place.RunAsync("show", "s1", "--agent", "other", "--branch", $"{third}")).AssertExit(4);
        var receipt = (await _place.RunAsync("delete", "s1", "--dry-run", "--json")).AssertExit(0).Json;

        Assert.Equal([(third, 2, true), (second, 4, false), (first, 4, false)], branches);
        Assert.Empty(agents["other"]["branches"]!.AsArray());
        Assert.Equal(["message 0", "third"], Texts(agents["support"]));
        Assert.Equal([first, third], agents["support"]["messages"]!.AsArray().Select(static message => message!["branch"]!.GetValue<int>()));
        Assert.Equal("support", Assert.Single(older["agents"]!.AsArray())!["agentId"]!.GetValue<string>());
        Assert.Equal(["message 0", "message 1", "message 2", "second"], Texts(older["agents"]![0]!));
        Assert.Equal(["message 3"], Texts(last["agents"]![0]!));
        Assert.Contains($"branch {second} · 4 messages", text, StringComparison.Ordinal);
        Assert.Contains("· current", text, StringComparison.Ordinal);
        Assert.DoesNotContain("third", text, StringComparison.Ordinal);
        Assert.Contains($"no agent other with branch {third}", none.Error, StringComparison.Ordinal);
        // On all branches.
        Assert.Equal(7, receipt["messageCount"]!.GetValue<int>());

        static IEnumerable<string> Texts(System.Text.Json.Nodes.JsonNode agent) =>
            agent["messages"]!.AsArray().Select(static message => message!["contents"]![0]!["text"]!.GetValue<string>());
    }

    [Fact]
    public async Task Show_PastADamagedMessage_ShowsTheOthers()
    {
        await _place.AddSessionAsync("s1", messageCount: 5);
        await _place.Messages.UpdateOneAsync(
            new BsonDocument("message_id", 2), new BsonDocument("$set", new BsonDocument("message.content", 7)), cancellationToken: Cancellation);

        var json = (await _place.RunAsync("show", "s1", "--json")).AssertExit(0).Json;

        Assert.Equal([0, 1, 3, 4], json["agents"]![0]!["messages"]!.AsArray().Select(static message => message!["position"]!.GetValue<int>()));
        Assert.Contains("message.content", Assert.Single(json["notes"]!.AsArray())!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("%", "''")]
    [InlineData(" ", "' '")]
    [InlineData("%00", "no agent")]
    public async Task Show_PastAnAgentWhoseIdNoSessionManagerTakes_ShowsTheOthers(string name, string shown)
    {
        await _place.AddSessionAsync("s1", messageCount: 2);
        await _place.Sessions.UpdateOneAsync(
            new BsonDocument("_id", "s1"),
            new BsonDocument("$set", new BsonDocument($"agents.{name}.agent_data", new BsonDocument("agent_id", "theirs"))),
            cancellationToken: Cancellation);

        var json = (await _place.RunAsync("show", "s1", "--json")).AssertExit(0).Json;
        var text = (await _place.RunAsync("show", "s1")).AssertExit(0).Output;

        var agent = Assert.Single(json["agents"]!.AsArray())!;
        Assert.Equal(("support", 2), (agent["agentId"]!.GetValue<string>(), agent["messages"]!.AsArray().Count));
        var note = Assert.Single(json["notes"]!.AsArray())!.GetValue<string>();
        Assert.Contains("is not shown: The id", note, StringComparison.Ordinal);
        Assert.Contains(shown == "no agent" ? "NUL" : shown, note, StringComparison.Ordinal);
        Assert.Contains("is not shown", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Delete_AsksOrIsTold_AndLeavesAReceipt()
    {
        await _place.AddSessionAsync("s1", messageCount: 3);
        await _place.AddSessionAsync("s2");

        (await _place.RunAsync("delete", "s1")).AssertExit(2);
        var dry = (await _place.RunAsync("delete", "s1", "--dry-run", "--json")).AssertExit(0).Json;
        Assert.Equal(2, await _place.Sessions.CountDocumentsAsync(new BsonDocument(), cancellationToken: Cancellation));
        var receipt = (await _place.RunAsync("delete", "s1", "--yes", "--json")).AssertExit(0).Json;

        Assert.Equal(("s1", 3, false), (dry["sessionId"]!.GetValue<string>(), dry["messageCount"]!.GetValue<int>(), dry["isDeleted"]!.GetValue<bool>()));
        Assert.Equal((3, true), (receipt["messageCount"]!.GetValue<int>(), receipt["isDeleted"]!.GetValue<bool>()));
        Assert.NotNull(receipt["at"]);
        Assert.Equal(0, await _place.Messages.CountDocumentsAsync(new BsonDocument("session_id", "s1"), cancellationToken: Cancellation));
        Assert.Equal("s2", (await _place.Sessions.Find(new BsonDocument("deleted", new BsonDocument("$exists", false))).SingleAsync(Cancellation))["_id"]);
        // What stays of it is no session.
        Assert.Equal(2, await _place.Sessions.CountDocumentsAsync(new BsonDocument(), cancellationToken: Cancellation));
        Assert.Equal("s2", Assert.Single((await _place.RunAsync("list", "--json")).AssertExit(0).Json["sessions"]!.AsArray())!["sessionId"]!.GetValue<string>());
        (await _place.RunAsync("show", "s1")).AssertExit(4);
        (await _place.RunAsync("delete", "s1", "--yes")).AssertExit(4);
    }

    [Fact]
    public async Task Erase_AsksOrIsTold_AndShowsTheReceipt()
    {
        var owner = new SessionOwner { Tenant = "acme", User = "ada" };
        var agent = new SessionAgent("support");
        await using (var session = _place.Factory.ForOwner(owner).Create("s1"))
        {
            await session.InitializeAsync(agent, Cancellation);
            await session.AppendMessagesAsync([new ChatMessage(ChatRole.User, "one"), new ChatMessage(ChatRole.User, "two")], agent, Cancellation);
        }

        await _place.AddSessionAsync("s1");
        string[] erase = ["erase", "--tenant", "acme", "--user", "ada"];

        (await _place.RunAsync(erase)).AssertExit(2);
        var dry = (await _place.RunAsync([.. erase, "--dry-run", "--json"])).AssertExit(0).Json;
        var erased = (await _place.RunAsync([.. erase, "--yes", "--json"])).AssertExit(0).Json;
        var shown = (await _place.RunAsync("erase", "--receipt", erased["id"]!.GetValue<string>(), "--json")).AssertExit(0).Json;
        var text = (await _place.RunAsync([.. erase, "--yes"])).AssertExit(0).Output;

        Assert.Equal((1, 2, null), (dry["sessionCount"]!.GetValue<int>(), dry["messageCount"]!.GetValue<int>(), dry["id"]));
        Assert.Equal((1, 2, false), (erased["sessionCount"]!.GetValue<int>(), erased["messageCount"]!.GetValue<int>(), erased["isFinal"]!.GetValue<bool>()));
        Assert.Equal(erased.ToJsonString(), shown.ToJsonString());
        Assert.StartsWith("Erased: 1 session, 2 messages, 0 feedbacks; what stays known of it goes after ", text, StringComparison.Ordinal);
        Assert.Equal(2, await _place.Messages.CountDocumentsAsync(new BsonDocument(), cancellationToken: Cancellation));
        (await _place.RunAsync("erase", "--yes")).AssertExit(2);
        (await _place.RunAsync("erase", "--receipt", "none")).AssertExit(4);
    }

    [Fact]
    public async Task Hold_KeepsFromDeletionAndErasure()
    {
        await _place.AddSessionAsync("s1");
        var owner = new SessionOwner { User = "ada" };
        await using (var session = _place.Factory.ForOwner(owner).Create("s1"))
        {
            await session.CreateSessionAsync(Cancellation);
        }

        Assert.StartsWith("Held: session s1.", (await _place.RunAsync("hold", "s1", "--reason", "case 7")).AssertExit(0).Output, StringComparison.Ordinal);
        Assert.True((await _place.RunAsync("hold", "--user", "ada", "--reason", "case 8", "--json")).AssertExit(0).Json["isHeld"]!.GetValue<bool>());

        Assert.Contains("case 7", (await _place.RunAsync("delete", "s1", "--yes")).AssertExit(3).Error, StringComparison.Ordinal);
        Assert.Contains("case 8", (await _place.RunAsync("delete", "s1", "--user", "ada", "--yes")).AssertExit(3).Error, StringComparison.Ordinal);
        Assert.Contains("case 8", (await _place.RunAsync("erase", "--user", "ada", "--yes")).AssertExit(3).Error, StringComparison.Ordinal);

        Assert.True((await _place.RunAsync("hold", "--user", "ada", "--remove", "--json")).AssertExit(0).Json["wasHeld"]!.GetValue<bool>());
        Assert.False((await _place.RunAsync("hold", "--user", "ada", "--remove", "--json")).AssertExit(0).Json["wasHeld"]!.GetValue<bool>());
        (await _place.RunAsync("erase", "--user", "ada", "--yes")).AssertExit(0);
        (await _place.RunAsync("hold", "s1", "--remove")).AssertExit(0);
        (await _place.RunAsync("delete", "s1", "--yes")).AssertExit(0);
        (await _place.RunAsync("hold", "s1", "--reason", "case 7")).AssertExit(4);
        (await _place.RunAsync("hold", "s1")).AssertExit(2);
        (await _place.RunAsync("hold", "--reason", "case 7")).AssertExit(2);
    }

    [Fact]
    public async Task Assign_Session_IsTheOwners()
    {
        await _place.AddSessionAsync("s1");

        Assert.Equal("Not assigned: 1 session; refused: 0.\n", (await _place.RunAsync("assign", "s1", "--to-user", "ada", "--dry-run")).AssertExit(0).Output);
        Assert.Equal("Assigned: 1 session; refused: 0.\n", (await _place.RunAsync("assign", "s1", "--to-user", "ada", "--yes")).AssertExit(0).Output);
        Assert.Equal(1, (await _place.RunAsync("assign", "s1", "--to-user", "ada", "--yes", "--json")).AssertExit(0).Json["assignedCount"]!.GetValue<int>());

        Assert.Contains("message 1", (await _place.RunAsync("show", "s1", "--user", "ada")).AssertExit(0).Output, StringComparison.Ordinal);
        (await _place.RunAsync("show", "s1")).AssertExit(4);
        (await _place.RunAsync("assign", "s1", "--to-user", "bob", "--yes")).AssertExit(4);
        (await _place.RunAsync("assign", "none", "--to-user", "ada", "--yes")).AssertExit(4);
        (await _place.RunAsync("assign", "s1", "--user", "ada", "--to-tenant", "acme", "--to-user", "ada", "--yes")).AssertExit(0);
        (await _place.RunAsync("show", "s1", "--tenant", "acme", "--user", "ada")).AssertExit(0);
        foreach (var arguments in (string[][])[["assign"], ["assign", "s1"], ["assign", "--to-user", "ada"], ["assign", "s1", "--to-user", "ada", "--owner", "metadata.u"], ["assign", "s1", "--to-user", " "]])
        {
            (await _place.RunAsync([.. arguments, "--yes"])).AssertExit(2);
        }
    }

    [Fact]
    public async Task Assign_All_AreOfTheOwnersThatTheyName()
    {
        for (var i = 0; i < 120; i++)
        {
            await _place.AddSessionAsync($"s{i}", messageCount: 1, metadata: new Dictionary<string, object?> { ["user"] = i % 2 == 0 ? "lovelace" : 7 });
        }

        await _place.AddSessionAsync("nobody");
        await using (var session = _place.Factory.ForOwner(new SessionOwner { User = "lovelace" }).Create("s4"))
        {
            await session.CreateSessionAsync(Cancellation);
        }

        var shown = (await _place.RunAsync("assign", "--owner", "metadata.user", "--yes", "--json")).AssertExit(1).Json;
        var again = (await _place.RunAsync("assign", "--owner", "metadata.user", "--yes")).AssertExit(1).Output;

        Assert.Equal(119, shown["assignedCount"]!.GetValue<int>());
        Assert.Equal(["nobody", "s4"], shown["refused"]!.AsArray().Select(refused => refused!["sessionId"]!.GetValue<string>()).Order(StringComparer.Ordinal));
        Assert.EndsWith("Assigned: 0 sessions; refused: 2.\n", again, StringComparison.Ordinal);
        Assert.DoesNotContain("lovelace", again, StringComparison.Ordinal);
        (await _place.RunAsync("show", "s2", "--user", "lovelace")).AssertExit(0);
        (await _place.RunAsync("show", "s3", "--user", "7")).AssertExit(0);
        (await _place.RunAsync("show", "s4")).AssertExit(0);
    }

    [Fact]
    public async Task DamagedSession_IsShownAndDeleted()
    {
        await _place.AddSessionAsync("s1", messageCount: 3);
        await _place.Sessions.UpdateOneAsync(
            new BsonDocument("_id", "s1"), new BsonDocument("$set", new BsonDocument("agents", "none")), cancellationToken: Cancellation);

        var shown = (await _place.RunAsync("show", "s1", "--json")).AssertExit(0).Json;
        (await _place.RunAsync("delete", "s1", "--yes")).AssertExit(0);

        Assert.Contains("agents", Assert.Single(shown["notes"]!.AsArray())!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(0, await _place.Messages.CountDocumentsAsync(new BsonDocument(), cancellationToken: Cancellation));
    }

    [Fact]
    public async Task Delete_OfPythonsLayout_IsRefused()
    {
        var python = Fixtures.Read("simple");
        await _place.Sessions.InsertOneAsync(python, cancellationToken: Cancellation);

        var result = (await _place.RunAsync("delete", "simple", "--yes")).AssertExit(1);

        Assert.Contains("Python library", result.Error, StringComparison.Ordinal);
        Assert.Equal(python, await _place.Sessions.Find(new BsonDocument("_id", "simple")).SingleAsync(Cancellation));
    }

    [Theory]
    [InlineData(4, "show", "nobody")]
    [InlineData(4, "delete", "nobody", "--yes")]
    [InlineData(4, "show", " ")]
    [InlineData(2, "show", "nobody", "--branch", "-1")]
    [InlineData(2, "list", "--limit", "1001")]
    [InlineData(2, "list", "--metadata", "novalue")]
    [InlineData(2, "list", "--metadata", "a=1", "--metadata", "a=2")]
    [InlineData(2, "list", "--after", "nonsense")]
    [InlineData(2, "show")]
    [InlineData(2, "unknown")]
    [InlineData(2, "migrate")]
    [InlineData(2, "migrate", "--source-collection", "x", "--watch", "soon")]
    [InlineData(2, "migrate", "--source-collection", "x", "--parallelism", "0")]
    [InlineData(2, "migrate", "--source-collection", "sessions")]
    [InlineData(2, "list", "--collection", "a$b")]
    public async Task ExitCodes_SayWhatIsWrong(int exitCode, params string[] arguments)
    {
        var result = (await _place.RunAsync(arguments)).AssertExit(exitCode);

        Assert.Empty(result.Output);
        Assert.StartsWith("error: ", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mongodb://user:s3cret@", 2)]
    [InlineData("mongodb://user:s3cret@host:port/", 2)]
    [InlineData("http://user:s3cret@localhost", 2)]
    [InlineData("mongodb://user:s3cret@127.0.0.1:1/db?serverSelectionTimeoutMS=300", 3)]
    [InlineData("mongodb://user:s3cret@127.0.0.1:1/?serverSelectionTimeoutMS=300&authSource=s3cret&nonsense=s3cret", null)]
    public async Task ConnectionString_IsNeverEchoed(string connectionString, int? exitCode)
    {
        foreach (var arguments in (string[][])[["list"], ["doctor", "--json"], ["migrate", "--source-collection", "python"]])
        {
            var result = await tool.RunAsync(
                new Dictionary<string, string?> { ["SESSION_MANAGER_CONNECTION"] = connectionString, ["SESSION_MANAGER_DATABASE"] = "db" }, arguments);

            Assert.True(exitCode is null || exitCode == result.ExitCode, result.Error);
            Assert.DoesNotContain("s3cret", result.Output + result.Error, StringComparison.Ordinal);
            Assert.DoesNotContain(" at ", result.Error.Replace("at once", "", StringComparison.Ordinal), StringComparison.Ordinal);
        }

        var source = await _place.RunAsync("migrate", "--source-collection", "python", "--source", connectionString);
        Assert.NotEqual(0, source.ExitCode);
        Assert.DoesNotContain("s3cret", source.Output + source.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_NamesTheCommand()
    {
        var result = (await _place.RunAsync("--help")).AssertExit(0);

        Assert.Contains("session-manager [command] [options]", result.Output, StringComparison.Ordinal);
    }

    public ValueTask DisposeAsync() => _place.DisposeAsync();
}
