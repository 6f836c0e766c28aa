using System.ComponentModel;
using System.Diagnostics;

namespace SessionManager.TestServer.Processes;

/// <summary>A program that is run to its end, with its output caught.</summary>
internal sealed class CommandLine(string fileName, params string[] arguments)
{
    private const int ReportedLines = 20;

    public Dictionary<string, string> Environment { get; } = [];

    /// <summary>Runs the program and throws with the end of its output unless it exits with 0.</summary>
    public async Task<string> RunAsync(CancellationToken cancellationToken)
    {
        var result = await TryRunAsync(cancellationToken);
        if (result.ExitCode == 0)
        {
            return result.StandardOutput;
        }

        var lines = $"{result.StandardOutput}\n{result.StandardError}"
            .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .TakeLast(ReportedLines);
        throw new InvalidOperationException(
            $"'{this}' ended with exit code {result.ExitCode}:\n{string.Join('\n', lines)}");
    }

    public async Task<Result> TryRunAsync(CancellationToken cancellationToken)
    {
        using var process = Start();
        process.StandardInput.Close();
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            var error = process.StandardError.ReadToEndAsync(cancellationToken);
            await Task.WhenAll(output, error, process.WaitForExitAsync(cancellationToken));
            return new Result(process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    public override string ToString() => string.Join(' ', [fileName, .. arguments]);

    private Process Start()
    {
        var start = new ProcessStartInfo(fileName, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in Environment)
        {
            start.Environment[name] = value;
        }

        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception exception)
        {
            throw new InvalidOperationException($"'{this}' cannot be started: {exception.Message}", exception);
        }
    }

    internal readonly record struct Result(int ExitCode, string StandardOutput, string StandardError);
}
