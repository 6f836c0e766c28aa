using MongoDB.Bson;
using MongoDB.Driver;

namespace SessionManager.Tool.Tests;

/// <summary>
/// <c>export</c> and <c>import</c>.
/// </summary>
public sealed class TransferCommandTests(InstalledTool tool, MongoServerFixture server) : IAsyncDisposable
{
    private readonly ToolPlace _place = new(tool, server.ConnectionString);
    private readonly ToolPlace _other = new(tool, server.ConnectionString);
    private readonly string _folder = Directory.CreateTempSubdirectory("session-manager-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        await _place.DisposeAsync();
        await _other.DisposeAsync();
    }

    [Fact]
    public async Task Import_OfAnExport_MakesTheSameSessions()
    {
        await _place.AddSessionAsync("s1", metadata: new Dictionary<string, object?> { ["tier"] = "gold" });
        await _place.AddSessionAsync("s2", 3);
        await _place.RewindAsync("s2", 1, "again");
        var path = Path.Combine(_folder, "all.jsonl");

        var exported = (await _place.RunAsync("export", "--output", path)).AssertExit(0);
        var imported = (await _other.RunAsync("import", path, "--json")).AssertExit(0).Json;
        var again = (await _other.RunAsync("import", path)).AssertExit(0);
        var back = (await _other.RunAsync("export")).AssertExit(0);

        Assert.Equal("Exported: 2 sessions, 6 messages, 0 feedbacks.\n", exported.Output);
        Assert.Equal((2, 6, 0), (imported["sessionCount"]!.GetValue<int>(), imported["messageCount"]!.GetValue<int>(), imported["skippedCount"]!.GetValue<int>()));
        Assert.Equal("Imported: 0 sessions, 0 messages, 0 feedbacks; 2 sessions there already.\n", again.Output);
        Assert.Equal(await File.ReadAllTextAsync(path, Cancellation), back.Output);
        Assert.Equal("Exported: 2 sessions, 6 messages, 0 feedbacks.\n", back.Error);
        Assert.Equal(["all.jsonl"], Directory.GetFiles(_folder).Select(Path.GetFileName));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        }
    }

    [Fact]
    public async Task Export_Selected_WritesThese()
    {
        await _place.AddSessionAsync("s1", metadata: new Dictionary<string, object?> { ["tier"] = "gold" });
        await _place.AddSessionAsync("s2");
        var path = Path.Combine(_folder, "some.jsonl");

        var one = (await _place.RunAsync("export", "s2", "-o", path, "--json")).AssertExit(0).Json;
        var gold = (await _place.RunAsync("export", "--metadata", "tier=gold", "--application", "shop")).AssertExit(0).Output;

        Assert.Equal(1, one["sessionCount"]!.GetValue<int>());
        Assert.Contains("\"_id\":\"s2\"", await File.ReadAllTextAsync(path, Cancellation), StringComparison.Ordinal);
        Assert.Contains("\"_id\":\"s1\"", gold, StringComparison.Ordinal);
        Assert.DoesNotContain("\"_id\":\"s2\"", gold, StringComparison.Ordinal);
        Assert.Equal(6, gold.TrimEnd('\n').Split('\n').Length);
    }

    [Fact]
    public async Task Import_WithALifetime_LetsThemExpire()
    {
        await _place.AddSessionAsync("s1");
        var path = Path.Combine(_folder, "s1.jsonl");
        (await _place.RunAsync("export", "s1", "-o", path)).AssertExit(0);

        (await _other.RunAsync("import", path, "--expires-after", "30")).AssertExit(0);

        var session = await _other.Sessions.Find(new BsonDocument("_id", "s1")).SingleAsync(Cancellation);
        Assert.True(session["expires_at"].ToUniversalTime() > DateTime.UtcNow.AddDays(29));
        (await _other.RunAsync("import", path, "--expires-after", "0")).AssertExit(2);
    }

    [Fact]
    public async Task Transfer_WhatCannotBe_IsSaidInOneLine()
    {
        await _place.AddSessionAsync("s1");
        var path = Path.Combine(_folder, "s1.jsonl");
        (await _place.RunAsync("export", "s1", "-o", path)).AssertExit(0);
        var lines = await File.ReadAllLinesAsync(path, Cancellation);
        var (cut, later) = (Path.Combine(_folder, "cut.jsonl"), Path.Combine(_folder, "later.jsonl"));
        await File.WriteAllLinesAsync(cut, lines[..3], Cancellation);
        await File.WriteAllTextAsync(later, "{\"format\":\"session-manager\",\"version\":7}\n", Cancellation);

        var none = (await _place.RunAsync("export", "s9", "-o", Path.Combine(_folder, "none.jsonl"))).AssertExit(4);
        var both = (await _place.RunAsync("export", "s1", "--application", "shop")).AssertExit(2);
        (await _place.RunAsync("export", "--json")).AssertExit(2);
        var nowhere = (await _place.RunAsync("export", "s1", "-o", Path.Combine(_folder, "no", "folder"))).AssertExit(3);
        var missing = (await _other.RunAsync("import", Path.Combine(_folder, "missing"))).AssertExit(3);
        var broken = (await _other.RunAsync("import", cut)).AssertExit(3);
        var newer = (await _other.RunAsync("import", later)).AssertExit(1);

        Assert.Equal("error: There is no session s9.\n", none.Error);
        Assert.False(File.Exists(Path.Combine(_folder, "none.jsonl")));
        Assert.Contains("--application and --metadata select", both.Error, StringComparison.Ordinal);
        Assert.StartsWith("error: The file cannot be written: ", nowhere.Error, StringComparison.Ordinal);
        Assert.StartsWith("error: The file cannot be read: ", missing.Error, StringComparison.Ordinal);
        Assert.StartsWith("error: Line 4: The file ends before its end.", broken.Error, StringComparison.Ordinal);
        Assert.StartsWith("error: Line 1: The file has the version 7; this release knows 1.", newer.Error, StringComparison.Ordinal);
        Assert.Equal(0, await _other.Messages.CountDocumentsAsync(new BsonDocument("session_id", "s2"), cancellationToken: Cancellation));
        Assert.Equal("[]", (await _other.RunAsync("list", "--json")).AssertExit(0).Json["sessions"]!.ToJsonString());
    }
}
