using System.Diagnostics;
using System.Text.RegularExpressions;

namespace SessionManager.Tool.Tests;

/// <summary>
/// The tool on a terminal: colours, a bar, a question. <c>script</c>, which every Linux has, makes the terminal.
/// </summary>
public sealed partial class TerminalTests(InstalledTool tool, MongoServerFixture server) : IAsyncDisposable
{
    private readonly ToolPlace _place = new(tool, server.ConnectionString);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Show_OnATerminal_HasColours_AndFits()
    {
        await _place.AddSessionAsync("s1");

        var output = await RunAsync("show s1", answer: null);

        Assert.Contains("\u001b[", output, StringComparison.Ordinal);
        var lines = Escape().Replace(output, "").Split('\n').Select(static line => line.TrimEnd('\r', ' ')).ToList();
        Assert.All(lines, static line => Assert.True(line.Length <= 80, line));
        Assert.Contains("   message 1", lines);
        Assert.Contains(lines, static line => line.StartsWith("#0 user  ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Delete_OnATerminal_Asks()
    {
        await _place.AddSessionAsync("s1");

        var no = await RunAsync("delete s1", "n\n");
        var yes = await RunAsync("delete s1", "y\n");

        Assert.Contains("Delete session s1 with 2 messages of 1 agent?", Escape().Replace(no, ""), StringComparison.Ordinal);
        Assert.Contains("Not deleted: session s1", no, StringComparison.Ordinal);
        Assert.Contains("Deleted: session s1, 2 messages of 1 agent.", yes, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Migrate_OnATerminal_ShowsABar()
    {
        await _place.Database.GetCollection<MongoDB.Bson.BsonDocument>("python").InsertManyAsync(Fixtures.Names.Select(Fixtures.Read), cancellationToken: Cancellation);

        var output = Escape().Replace(await RunAsync("migrate --source-collection python", answer: null), "");

        Assert.Contains("100%", output, StringComparison.Ordinal);
        Assert.Contains("━━━", output, StringComparison.Ordinal);
    }

    public ValueTask DisposeAsync() => _place.DisposeAsync();

    private async Task<string> RunAsync(string arguments, string? answer)
    {
        var environment = _place.Environment;
        environment["TERM"] = "xterm-256color";
        var start = InstalledTool.CreateStart("script", environment, "--quiet", "--return", "--command", $"stty cols 80 rows 40; '{tool.Command}' {arguments}", "/dev/null");
        using var process = Process.Start(start)!;
        if (answer is not null)
        {
            await process.StandardInput.WriteAsync(answer);
            await process.StandardInput.FlushAsync(Cancellation);
        }

        // The terminal ends with its input, so that stays open.
        var result = await ToolResult.ReadAsync(process, Cancellation);
        return result.AssertExit(0).Output;
    }

    [GeneratedRegex(@"\x1b\[[0-9;?]*[A-Za-z]")]
    private static partial Regex Escape();
}
