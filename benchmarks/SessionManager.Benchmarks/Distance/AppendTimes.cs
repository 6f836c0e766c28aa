using System.Collections.Concurrent;
using System.Diagnostics;

namespace SessionManager.Benchmarks.Distance;

/// <summary>
/// Collects how long appends took, from any thread.
/// </summary>
internal sealed class AppendTimes
{
    private readonly ConcurrentBag<double> _milliseconds = [];

    /// <summary>
    /// Runs an append and adds the time that it took since it was due, which may be before it could begin.
    /// </summary>
    public async Task AddAsync(Task append, long due)
    {
        await append;
        _milliseconds.Add(Stopwatch.GetElapsedTime(due).TotalMilliseconds);
    }

    public double[] ToArray() => [.. _milliseconds];
}
