using System.Diagnostics;

namespace SessionManager.Chaos.Faults;

internal static class Signals
{
    /// <summary>
    /// Sends a signal, by its name without SIG, to a process that may have ended.
    /// </summary>
    public static async Task SendAsync(int processId, string name)
    {
        using var kill = Process.Start(new ProcessStartInfo("kill", [$"-{name}", $"{processId}"]) { RedirectStandardError = true })!;
        await kill.WaitForExitAsync();
    }
}
