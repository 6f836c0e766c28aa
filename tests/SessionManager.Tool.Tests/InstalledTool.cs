using System.Diagnostics;
using System.Runtime.InteropServices;
using SessionManager.Testing;

namespace SessionManager.Tool.Tests;

/// <summary>
/// The tool as users have it: packed, and installed from the package into an empty folder.
/// </summary>
public sealed class InstalledTool : IAsyncLifetime
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"session-manager-tool-{Guid.NewGuid():N}");

    /// <summary>
    /// Gets the file that is run.
    /// </summary>
    public string Command => Path.Combine(_folder, "tools", OperatingSystem.IsWindows() ? "session-manager.exe" : "session-manager");

    public async ValueTask InitializeAsync()
    {
        var root = Repository.GetPath("");
        var packages = Path.Combine(_folder, "packages");
        var version = $"0.0.0-test.{Guid.NewGuid():N}";
        // As it was built along with these tests.
        var configuration = Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        await RunDotnetAsync(
            root, "pack", "src/SessionManager.Tool", "--no-build", "--configuration", configuration, "--output", packages, $"-p:PackageVersion={version}");
        var config = Path.Combine(_folder, "nuget.config");
        await File.WriteAllTextAsync(
            config, $"<configuration><packageSources><clear /><add key=\"packed\" value=\"{packages}\" /></packageSources></configuration>");
        await RunDotnetAsync(
            _folder, "tool", "install", "SessionManager.Tool", "--version", version, "--tool-path", Path.Combine(_folder, "tools"), "--configfile", config);
    }

    public ValueTask DisposeAsync()
    {
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>
    /// Starts the tool. Its input is no terminal.
    /// </summary>
    public Process Start(IReadOnlyDictionary<string, string?> environment, params string[] arguments) =>
        Process.Start(CreateStart(Command, environment, arguments)) ?? throw new InvalidOperationException("The tool does not start.");

    /// <summary>
    /// Runs the tool to its end.
    /// </summary>
    public async Task<ToolResult> RunAsync(IReadOnlyDictionary<string, string?> environment, params string[] arguments)
    {
        using var process = Start(environment, arguments);
        process.StandardInput.Close();
        return await ToolResult.ReadAsync(process, TestContext.Current.CancellationToken);
    }

    public static ProcessStartInfo CreateStart(string command, IReadOnlyDictionary<string, string?> environment, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(command)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var name in (string[])["SESSION_MANAGER_CONNECTION", "SESSION_MANAGER_DATABASE", "SESSION_MANAGER_SOURCE"])
        {
            start.Environment.Remove(name);
        }

        // The runtime that runs these tests, wherever it is installed.
        start.Environment["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return start;
    }

    private static async Task RunDotnetAsync(string folder, params string[] arguments)
    {
        Directory.CreateDirectory(folder);
        var start = CreateStart("dotnet", new Dictionary<string, string?> { ["DOTNET_NOLOGO"] = "true", ["MSBUILDDISABLENODEREUSE"] = "1" }, arguments);
        start.WorkingDirectory = folder;
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var result = await ToolResult.ReadAsync(process, TestContext.Current.CancellationToken);
        Assert.True(result.ExitCode == 0, $"dotnet {string.Join(' ', arguments)}: {result.Output}{result.Error}");
    }
}
