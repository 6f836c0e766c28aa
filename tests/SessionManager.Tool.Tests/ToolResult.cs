using System.Diagnostics;
using System.Text.Json.Nodes;

namespace SessionManager.Tool.Tests;

/// <summary>
/// What the tool has said, and how it ended.
/// </summary>
public sealed record ToolResult(int ExitCode, string Output, string Error)
{
    public JsonNode Json => JsonNode.Parse(Output)!;

    public static async Task<ToolResult> ReadAsync(Process process, CancellationToken cancellationToken)
    {
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var error = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return new ToolResult(process.ExitCode, await output, await error);
    }

    /// <summary>
    /// Checks the exit code, and shows what was said where it is another one.
    /// </summary>
    public ToolResult AssertExit(int exitCode)
    {
        Assert.True(exitCode == ExitCode, $"It ended with {ExitCode} and not {exitCode}.\n{Output}\n{Error}");
        return this;
    }
}
