using System.Diagnostics;
using SessionManager.Chaos.Workers;

namespace SessionManager.Chaos.Faults;

/// <summary>
/// A worker in a process of its own, which can be killed, stopped and continued.
/// </summary>
internal sealed class WorkerProcess : IDisposable
{
    private static readonly TimeSpan EndTimeout = TimeSpan.FromSeconds(60);

    private readonly Process _process;

    private WorkerProcess(Process process, WorkerSettings settings)
    {
        _process = process;
        Settings = settings;
    }

    public WorkerSettings Settings { get; }

    /// <summary>
    /// Gets a value indicating whether it has ended although nobody ended it.
    /// </summary>
    public bool HasExited => _process.HasExited;

    public static WorkerProcess Start(WorkerSettings settings)
    {
        string[] arguments = ["exec", typeof(WorkerProcess).Assembly.Location, WorkerSettings.Argument, settings.ToString()];
        return new WorkerProcess(Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardInput = true })!, settings);
    }

    /// <summary>
    /// Ends the process the hard way.
    /// </summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    /// <summary>
    /// Stops the process where it is, and lets it go on after a time.
    /// </summary>
    public async Task StopForAsync(TimeSpan time)
    {
        // It may be killed in the meantime.
        var id = _process.Id;
        await Signals.SendAsync(id, "STOP");
        await Task.Delay(time);
        await Signals.SendAsync(id, "CONT");
    }

    /// <summary>
    /// Lets the process end in order.
    /// </summary>
    /// <returns>Whether it did.</returns>
    public async Task<bool> EndAsync()
    {
        _process.StandardInput.Close();
        using var limit = new CancellationTokenSource(EndTimeout);
        await _process.WaitForExitAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_process.HasExited)
        {
            return _process.ExitCode == 0;
        }

        Kill();
        return false;
    }

    public void Dispose() => _process.Dispose();
}
