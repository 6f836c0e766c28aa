using SessionManager.TestServer.Processes;

namespace SessionManager.TestServer.Servers;

/// <summary>What the choice of a server depends on, so that the choice can be tested without the machine.</summary>
internal sealed record ServerEnvironment
{
    private static readonly TimeSpan DockerTimeout = TimeSpan.FromSeconds(5);

    public required Func<string, string?> GetVariable { get; init; }

    public required Func<string, string?> FindOnPath { get; init; }

    public required Func<CancellationToken, Task<bool>> DockerAnswersAsync { get; init; }

    public required bool IsDebianWithRoot { get; init; }

    public static ServerEnvironment OfThisMachine() => new()
    {
        GetVariable = Environment.GetEnvironmentVariable,
        FindOnPath = FindExecutable,
        DockerAnswersAsync = AskDockerAsync,
        IsDebianWithRoot = OperatingSystem.IsLinux()
            && Environment.IsPrivilegedProcess
            && File.Exists("/etc/debian_version")
            && FindExecutable("apt-get") is not null,
    };

    private static string? FindExecutable(string name)
    {
        var fileName = OperatingSystem.IsWindows() ? name + ".exe" : name;
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        return folders
            .Where(folder => folder.Length > 0)
            .Select(folder => Path.Combine(folder, fileName))
            .FirstOrDefault(File.Exists);
    }

    // Without an engine the client may exit with 0, print nothing, or wait for a socket that never answers.
    private static async Task<bool> AskDockerAsync(CancellationToken cancellationToken)
    {
        if (FindExecutable("docker") is not { } docker)
        {
            return false;
        }

        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(DockerTimeout);
        try
        {
            var command = new CommandLine(docker, "info", "--format", "{{.ServerVersion}}");
            var result = await command.TryRunAsync(timeout.Token);
            return result.ExitCode == 0 && result.StandardOutput.Trim().Length > 0;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }
}
