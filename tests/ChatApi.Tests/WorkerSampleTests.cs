using System.Diagnostics;
using System.Globalization;

namespace ChatApi.Tests;

/// <summary>
/// The sample that <c>./build.sh sample</c> runs: two processes, one session.
/// </summary>
public sealed class WorkerSampleTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Run_ASecondProcess_ResumesTheHistoryThatTheFirstHasWritten()
    {
        var transcript = Path.GetTempFileName();
        var sessionId = DatabaseFixture.NewSessionId();

        var first = await RunAsync(sessionId, transcript);
        var second = await RunAsync(sessionId, transcript);

        File.Delete(transcript);
        Assert.Contains("is new.", first, StringComparison.Ordinal);
        Assert.Contains("messages are equal to those that were written.", second, StringComparison.Ordinal);
    }

    private async Task<string> RunAsync(string sessionId, string transcript)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "..", "..", "WorkerSample", Path.GetFileName(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar)), "WorkerSample.dll"));
        start.ArgumentList.Add($"--Support:SessionId={sessionId}");
        start.ArgumentList.Add($"--Support:TranscriptFile={transcript}");
        start.ArgumentList.Add($"--SessionManager:DatabaseName={database.DatabaseName}");
        start.Environment["MONGODB_URI"] = database.ConnectionString;
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync(Cancellation);
        await process.WaitForExitAsync(Cancellation);
        Assert.True(process.ExitCode == 0, string.Create(CultureInfo.InvariantCulture, $"{process.ExitCode}: {output}"));
        return output;
    }
}
