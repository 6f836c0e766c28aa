using System.Diagnostics;
using Microsoft.Extensions.AI;
using MongoDB.Bson;
using MongoDB.Driver;

namespace SessionManager.Tool.Tests;

/// <summary>
/// <c>migrate</c>: reports, exit codes, and following a Python that still writes.
/// </summary>
public sealed class MigrateCommandTests(InstalledTool tool, MongoServerFixture server) : IAsyncDisposable
{
    private readonly ToolPlace _place = new(tool, server.ConnectionString);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private IMongoCollection<BsonDocument> Python => _place.Database.GetCollection<BsonDocument>("python");

    [Fact]
    public async Task Fixtures_ComeOver_AndTheReportSaysSo()
    {
        await Python.InsertManyAsync(Fixtures.Names.Select(Fixtures.Read), cancellationToken: Cancellation);
        var count = Fixtures.Names.Count();

        var dry = (await MigrateAsync("--dry-run", "--json")).AssertExit(0).Json;
        Assert.Equal(0, await _place.Sessions.CountDocumentsAsync(new BsonDocument(), cancellationToken: Cancellation));
        var one = (await MigrateAsync("--session", "full", "--session", "dotted.id/1", "--json")).AssertExit(0).Json;
        var rest = (await MigrateAsync("--json")).AssertExit(0).Json;
        var again = (await MigrateAsync()).AssertExit(0);

        Assert.Equal((count, true), (dry["migratedCount"]!.GetValue<int>(), dry["isDryRun"]!.GetValue<bool>()));
        Assert.Equal((2, 2, 18), (one["sessionCount"]!.GetValue<int>(), one["migratedCount"]!.GetValue<int>(), one["writtenMessageCount"]!.GetValue<int>()));
        Assert.Equal((count - 2, 2), (rest["migratedCount"]!.GetValue<int>(), rest["unchangedCount"]!.GetValue<int>()));
        Assert.Equal(dry["writtenMessageCount"]!.GetValue<int>(), one["writtenMessageCount"]!.GetValue<int>() + rest["writtenMessageCount"]!.GetValue<int>());
        Assert.Equal(
            ["metadataConflict", "notCarriedOver", "openInterrupt"],
            rest["sessions"]!.AsArray().Single(static session => session!["sessionId"]!.GetValue<string>() == "odd")!["findings"]!.AsArray()
                .Select(static finding => finding!["kind"]!.GetValue<string>()).Order());
        Assert.Contains($"{count} sessions, 0 migrated, 0 updated, {count} unchanged", again.Output, StringComparison.Ordinal);
        (await _place.RunAsync("doctor")).AssertExit(1);
        (await _place.RunAsync("indexes", "--create")).AssertExit(0);
        (await _place.RunAsync("doctor")).AssertExit(0);
    }

    [Fact]
    public async Task AgentWhoseIdNoSessionManagerTakes_ComesOver_AndHidesNothing()
    {
        var source = Fixtures.Read("simple");
        source["agents"].AsBsonDocument.Add(" ", source["agents"]["support"].DeepClone());
        await Python.InsertOneAsync(source, cancellationToken: Cancellation);

        var migrated = (await MigrateAsync("--json")).AssertExit(0).Json;
        (await _place.RunAsync("indexes", "--create")).AssertExit(0);
        var found = (await _place.RunAsync("doctor", "--json")).AssertExit(1).Json;
        var shown = (await _place.RunAsync("show", "simple", "--json")).AssertExit(0).Json;

        Assert.Equal("unusableAgentId", Assert.Single(migrated["sessions"]![0]!["findings"]!.AsArray())!["kind"]!.GetValue<string>());
        Assert.Equal(Enumerable.Repeat("foreignMessage", 6), found["findings"]!.AsArray().Select(static finding => finding!["kind"]!.GetValue<string>()));
        Assert.Equal("support", Assert.Single(shown["agents"]!.AsArray())!["agentId"]!.GetValue<string>());
        Assert.Contains("is not shown", Assert.Single(shown["notes"]!.AsArray())!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Conflict_EndsWithOne_AndIsNamed()
    {
        await Python.InsertOneAsync(Fixtures.Read("simple"), cancellationToken: Cancellation);
        (await MigrateAsync()).AssertExit(0);
        await using (var session = _place.Factory.Create("simple"))
        {
            var agent = new SessionAgent("support");
            await session.InitializeAsync(agent, Cancellation);
            await session.AppendMessageAsync(new ChatMessage(ChatRole.User, "from C#"), agent, Cancellation);
        }

        await Python.UpdateOneAsync(new BsonDocument(), new BsonDocument("$set", new BsonDocument("metadata.a", 1)), cancellationToken: Cancellation);

        var json = (await MigrateAsync("--json")).AssertExit(1).Json;
        var text = (await MigrateAsync()).AssertExit(1).Output;

        Assert.Equal(1, json["conflictCount"]!.GetValue<int>());
        Assert.Equal("simple", json["sessions"]![0]!["sessionId"]!.GetValue<string>());
        Assert.Contains("1 in conflict", text, StringComparison.Ordinal);
        Assert.Contains("simple", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnotherServer_ByItsOwnConnectionString()
    {
        // The same one by another name, and so another database.
        await Python.InsertOneAsync(Fixtures.Read("simple"), cancellationToken: Cancellation);
        var target = $"{_place.DatabaseName}_target";
        var environment = _place.Environment;
        environment["SESSION_MANAGER_DATABASE"] = target;
        environment["SESSION_MANAGER_SOURCE"] = server.ConnectionString;

        (await tool.RunAsync(environment, "migrate", "--source-database", _place.DatabaseName, "--source-collection", "python")).AssertExit(0);

        Assert.Equal(6, await server.Client.GetDatabase(target).GetCollection<BsonDocument>("sessions_messages").CountDocumentsAsync(new BsonDocument(), cancellationToken: Cancellation));
        await server.Client.DropDatabaseAsync(target, Cancellation);
    }

    [Fact]
    public async Task Watch_KilledTenTimes_WhileTwoProcessesWrite_EndsEqual()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        string[] ids = [.. Enumerable.Range(0, 12).Select(static id => $"session/{id}")];
        // Two of one agent, as two hosts have it, whose ids collide; and each with one of its own, whose id is a path.
        PythonWriter[] writers =
        [
            new(Python, ids, "support", seed: 1), new(Python, ids, "support", seed: 2), new(Python, ids[..6], "sales.eu", seed: 3), new(Python, ids[6..], "sales", seed: 4),
        ];
        var writing = writers.Select(writer => Task.Run(() => writer.RunAsync(stop.Token), Cancellation)).ToArray();
        var random = new Random(5);
        for (var kill = 0; kill < 10; kill++)
        {
            using var watching = Start("--watch", "0");
            // Until it is at it: the first pass, or one later.
            await watching.StandardError.ReadLineAsync(Cancellation);
            await Task.Delay(random.Next(100, 1_500), Cancellation);
            Assert.False(watching.HasExited, "It has ended by itself.");
            watching.Kill();
            await watching.WaitForExitAsync(Cancellation);
        }

        using var last = Start("--watch", "0", "--json");
        await last.StandardError.ReadLineAsync(Cancellation);
        await Task.Delay(1_000, Cancellation);
        await stop.CancelAsync();
        await Task.WhenAll(writing);

        // Python has ended: the first signal makes the last pass.
        // Not SIGINT: a process that a script starts in the background ignores it.
        await SignalAsync(last, "TERM");
        var result = (await ToolResult.ReadAsync(last, Cancellation)).AssertExit(0);

        Assert.Equal((0, 0), (result.Json["conflictCount"]!.GetValue<int>(), result.Json["failedCount"]!.GetValue<int>()));
        Assert.Equal(12, result.Json["sessionCount"]!.GetValue<int>());
        Assert.True(writers.Sum(static writer => writer.Writes) > 500, "The writers were not at it.");
        await AssertEqualAsync();
        Assert.Equal(12, (await MigrateAsync("--json")).AssertExit(0).Json["unchangedCount"]!.GetValue<int>());
    }

    [Fact]
    public async Task Watch_ToldToEnd_MakesTheLastPass()
    {
        await Python.InsertOneAsync(Fixtures.Read("simple"), cancellationToken: Cancellation);
        using var watching = Start("--watch");
        Assert.StartsWith("Watching.", await watching.StandardError.ReadLineAsync(Cancellation), StringComparison.Ordinal);
        Assert.Contains("1 migrated", await watching.StandardError.ReadLineAsync(Cancellation), StringComparison.Ordinal);

        await SignalAsync(watching, "TERM");
        var result = (await ToolResult.ReadAsync(watching, Cancellation)).AssertExit(0);

        Assert.Contains("The last pass.", result.Error, StringComparison.Ordinal);
        Assert.Contains("1 unchanged", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Signal_WhileAServerIsSilent_EndsWithTheCodeOfIt()
    {
        using var silent = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        silent.Start();
        var environment = _place.Environment;
        environment["SESSION_MANAGER_CONNECTION"] = $"mongodb://{silent.LocalEndpoint}/?connectTimeoutMS=60000&serverSelectionTimeoutMS=60000";
        using var listing = tool.Start(environment, "list");
        using var connection = await silent.AcceptTcpClientAsync(Cancellation);

        await SignalAsync(listing, "TERM");
        var result = (await ToolResult.ReadAsync(listing, Cancellation)).AssertExit(130);

        Assert.Equal("error: Interrupted.", result.Error.Trim());
    }

    public ValueTask DisposeAsync() => _place.DisposeAsync();

    private static async Task SignalAsync(Process process, string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", $"{process.Id}"]);
        await kill.WaitForExitAsync(Cancellation);
        Assert.Equal(0, kill.ExitCode);
    }

    private Process Start(params string[] arguments) => tool.Start(_place.Environment, ["migrate", "--source-collection", "python", .. arguments]);

    private Task<ToolResult> MigrateAsync(params string[] arguments) => _place.RunAsync(["migrate", "--source-collection", "python", .. arguments]);

    private async Task AssertEqualAsync()
    {
        var sources = await Python.Find(new BsonDocument()).ToListAsync(Cancellation);
        var messages = await _place.Messages.Find(new BsonDocument()).Sort(new BsonDocument("_id", 1)).ToListAsync(Cancellation);
        var feedback = await _place.Database.GetCollection<BsonDocument>("sessions_feedback")
            .Find(new BsonDocument()).Sort(new BsonDocument { { "created_at", 1 }, { "_id", 1 } }).ToListAsync(Cancellation);
        foreach (var source in sources)
        {
            var target = await _place.Sessions.Find(new BsonDocument("_id", source["_id"])).SingleAsync(Cancellation);
            ReadSessionAssert.Equal(PythonReader.Read(source), TargetReader.Read(target, Take(messages, source["_id"]), Take(feedback, source["_id"])));
        }

        Assert.Empty(messages);
        Assert.Empty(feedback);
        Assert.Equal(sources.Count, await _place.Sessions.CountDocumentsAsync(new BsonDocument(), cancellationToken: Cancellation));

        static List<BsonDocument> Take(List<BsonDocument> documents, BsonValue sessionId)
        {
            var own = documents.FindAll(document => document["session_id"] == sessionId);
            documents.RemoveAll(document => document["session_id"] == sessionId);
            return own;
        }
    }
}
