using System.Runtime.InteropServices;

namespace SessionManager.Benchmarks.Distance;

/// <summary>
/// Waits for less than a millisecond, which .NET's own timers cannot. On Linux only.
/// </summary>
internal static class NativeClock
{
    private const int SetTimerSlack = 29;
    private const int ClockMonotonic = 1;
    private const int FirstInFirstOut = 1;
    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>
    /// Asks the kernel to wake the calling thread when its waits end, not up to 50 µs later to save power.
    /// </summary>
    public static void Sharpen() => _ = ProcessControl(SetTimerSlack, 1, 0, 0, 0);

    /// <summary>
    /// Lets the calling thread run whenever it can, before all others. Needs the right to it, and does nothing without.
    /// </summary>
    public static void Prefer()
    {
        var priority = 1;
        _ = SetScheduler(0, FirstInFirstOut, ref priority);
    }

    public static void Sleep(long nanoseconds)
    {
        var time = ToTimespec(nanoseconds);
        _ = ClockNanosleep(ClockMonotonic, 0, ref time, 0);
    }

    /// <summary>
    /// Waits until one of the descriptors is ready, for at most a time.
    /// </summary>
    public static int Poll(PollDescriptor[] descriptors, int count, long nanoseconds)
    {
        var time = ToTimespec(nanoseconds);
        return PollWithTimespec(descriptors, (nuint)count, ref time, 0);
    }

    private static Timespec ToTimespec(long nanoseconds) => new()
    {
        Seconds = (nint)(nanoseconds / NanosecondsPerSecond),
        Nanoseconds = (nint)(nanoseconds % NanosecondsPerSecond),
    };

    [DllImport("libc", EntryPoint = "prctl")]
    private static extern int ProcessControl(int option, nuint value, nuint unused3, nuint unused4, nuint unused5);

    [DllImport("libc", EntryPoint = "sched_setscheduler")]
    private static extern int SetScheduler(int threadId, int policy, ref int priority);

    [DllImport("libc", EntryPoint = "clock_nanosleep")]
    private static extern int ClockNanosleep(int clock, int flags, ref Timespec time, nint remaining);

    [DllImport("libc", EntryPoint = "ppoll")]
    private static extern int PollWithTimespec([In, Out] PollDescriptor[] descriptors, nuint count, ref Timespec time, nint signals);

    private struct Timespec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
