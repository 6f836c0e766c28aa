using System.Diagnostics;

namespace SessionManager.TestServer.Processes;

/// <summary>
/// A server process that ends with this one, however this one ends, and whose folder goes with it.
/// </summary>
/// <remarks>
/// On Unix a shell stands between the two. It reads a pipe whose other end only this process holds: the end of the
/// pipe, which also comes when this process is killed, makes the shell end the server and remove its folder.
/// Nothing of this process's own input and output reaches the server, so nobody waits for it at a pipe.
/// On Windows, which has no such shell, a killed process leaves its server behind.
/// </remarks>
internal sealed class GuardedProcess : IAsyncDisposable
{
    private const string LogName = "server.log";
    private const int ReportedLines = 20;

    // Fields of the shell's own: $1 the folder, $2 the signal; the rest is the server's command line.
    private const string Guard =
        """
        exec 3<&0 </dev/null >"$1/server.log" 2>&1
        trap '' HUP INT
        folder=$1 signal=$2
        shift 2
        "$@" 3<&- &
        server=$!
        (
          read -r line <&3
          : >"$folder/.ending"
          kill -s "$signal" "$server"
        ) &
        watch=$!
        exec 3<&-
        wait "$server"
        status=$?
        kill "$watch" 2>/dev/null
        if [ -e "$folder/.ending" ]; then rm -rf "$folder"; fi
        exit "$status"
        """;

    private static readonly TimeSpan EndTimeout = TimeSpan.FromSeconds(20);

    private readonly Process _process;
    private readonly string _folder;
    private readonly string _name;

    private GuardedProcess(Process process, string folder, string name)
    {
        _process = process;
        _folder = folder;
        _name = name;
    }

    public int Id => _process.Id;

    /// <summary>Starts a server.</summary>
    /// <param name="folder">An existing folder of the server's own; it also takes the log, and goes with the server.</param>
    /// <param name="signal">The signal that ends the server, as <c>kill -s</c> names it.</param>
    /// <param name="fileName">The program.</param>
    /// <param name="arguments">The program's arguments.</param>
    public static GuardedProcess Start(string folder, string signal, string fileName, params string[] arguments)
    {
        var start = OperatingSystem.IsWindows()
            ? new ProcessStartInfo(fileName, arguments)
            : new ProcessStartInfo("/bin/sh", ["-c", Guard, "sh", folder, signal, fileName, .. arguments]);
        start.RedirectStandardInput = true;
        return new GuardedProcess(Process.Start(start)!, folder, Path.GetFileName(fileName));
    }

    public void ThrowIfExited()
    {
        if (_process.HasExited)
        {
            throw new ServerExitedException(
                $"{this} ended with exit code {_process.ExitCode}. Its log ends with:\n{ReadLogEnd()}");
        }
    }

    public bool LogContains(string text) => ReadLog().Contains(text, StringComparison.Ordinal);

    public string ReadLogEnd() => string.Join('\n', ReadLog().TrimEnd().Split('\n').TakeLast(ReportedLines));

    public override string ToString() => _name;

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    /// <summary>Ends the server. The folder of a server that had ended by itself stays.</summary>
    public async Task EndAsync()
    {
        if (OperatingSystem.IsWindows())
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.StandardInput.Close();
        using var limit = new CancellationTokenSource(EndTimeout);
        try
        {
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        _process.Dispose();
    }

    private string ReadLog()
    {
        var path = Path.Combine(_folder, LogName);
        return File.Exists(path) ? File.ReadAllText(path) : "";
    }
}
