using System.Diagnostics;

namespace SessionManager.TestServer.Tests.Processes;

/// <summary>The console program of the test server, as a process of its own.</summary>
internal sealed class ConsoleServer : IDisposable
{
    private readonly Process _process;

    private ConsoleServer(Process process) => _process = process;

    public int Id => _process.Id;

    public StreamReader Output => _process.StandardOutput;

    public StreamReader Error => _process.StandardError;

    public StreamWriter Input => _process.StandardInput;

    public static ConsoleServer Start(Dictionary<string, string?> environment, params string[] arguments)
    {
        var assembly = Path.Combine(AppContext.BaseDirectory, "SessionManager.TestServer.dll");
        var start = new ProcessStartInfo(Environment.ProcessPath!.EndsWith("dotnet", StringComparison.Ordinal)
            ? Environment.ProcessPath
            : "dotnet", [assembly, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return new ConsoleServer(Process.Start(start)!);
    }

    /// <summary>Kills the process itself, with no chance to clean up, and nothing that it has started.</summary>
    public void Kill() => _process.Kill(entireProcessTree: false);

    public async Task<int> WaitForExitAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken);
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }
}
