using System.Diagnostics;
using System.Reflection;

namespace SessionManager.IntegrationTests.Processes;

/// <summary>
/// A real second process, which answers each line that it is sent with one line.
/// </summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    /// <summary>
    /// For how many seconds a run lives without a sign of life. Tests wait for those of processes that they have killed.
    /// </summary>
    public const int ShortTerm = 3;

    private readonly Process _process;

    private ChildProcess(Process process) => _process = process;

    public static async Task<ChildProcess> StartAsync(string connectionString, string databaseName, int termSeconds = ShortTerm)
    {
        var assembly = Assembly.Load("SessionManager.TestProcess").Location;
        var process = Process.Start(new ProcessStartInfo(Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet")
        {
            ArgumentList = { "exec", assembly, connectionString, databaseName, $"{termSeconds}" },
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        var child = new ChildProcess(process);
        Assert.Equal("ready", await child.ReadAsync());
        return child;
    }

    public async Task<string> AskAsync(string command)
    {
        await SendAsync(command);
        return await ReadAsync();
    }

    /// <summary>
    /// Sends a line, and waits for no answer.
    /// </summary>
    public async Task SendAsync(string command)
    {
        await _process.StandardInput.WriteLineAsync(command);
        await _process.StandardInput.FlushAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>
    /// Sends a line, waits for no answer, and kills the process the hard way.
    /// </summary>
    public async Task KillInTheMiddleOfAsync(string command)
    {
        await SendAsync(command);
        await KillAsync();
    }

    /// <summary>
    /// Reads the next line, for a command that is answered with more than one.
    /// </summary>
    public async Task<string> ReadAsync() =>
        await _process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken)
        ?? throw new InvalidOperationException("The other process has ended.");

    /// <summary>
    /// Reads the lines up to one, or up to the last one that the process has written before its end.
    /// </summary>
    public async Task<IReadOnlyList<string>> ReadUntilAsync(string last)
    {
        List<string> lines = [];
        while (await _process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line && line != last)
        {
            lines.Add(line);
        }

        return lines;
    }

    /// <summary>
    /// Stops the process where it is, for as long as it is not told to go on.
    /// </summary>
    public Task StopAsync() => SignalAsync("STOP");

    /// <summary>
    /// Lets the process go on.
    /// </summary>
    public Task ContinueAsync() => SignalAsync("CONT");

    /// <summary>
    /// Kills the process the hard way.
    /// </summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private async Task SignalAsync(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", $"{_process.Id}"]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, kill.ExitCode);
    }
}
