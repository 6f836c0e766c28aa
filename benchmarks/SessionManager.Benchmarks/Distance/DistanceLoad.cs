using System.Diagnostics;

namespace SessionManager.Benchmarks.Distance;

/// <summary>
/// Puts load on a road for a while: callers that wait for their answer, or calls that come at random and wait for nobody.
/// </summary>
internal static class DistanceLoad
{
    /// <summary>
    /// Lets each caller call again as soon as it is answered.
    /// </summary>
    public static Task<DistanceRound> CloseAsync(AppendRoad road, Func<AppendTimes, long, Task>[] callers, TimeSpan time) =>
        MeasureAsync(road, async times =>
        {
            var begin = Stopwatch.GetTimestamp();
            var counts = await Task.WhenAll(callers.Select(async call =>
            {
                var count = 0;
                for (; Stopwatch.GetElapsedTime(begin) < time; count++)
                {
                    await call(times, Stopwatch.GetTimestamp());
                }

                return count;
            }));
            return counts.Sum();
        });

    /// <summary>
    /// Lets calls come by a Poisson process: at a rate, and independently of each other.
    /// </summary>
    public static Task<DistanceRound> OpenAsync(AppendRoad road, Func<AppendTimes, long, Task>[] callers, double commandsPerSecond, TimeSpan time, int seed) =>
        MeasureAsync(road, async times =>
        {
            var arrivals = CreateArrivals(commandsPerSecond / road.CommandsPerCall, time, new Random(seed));
            var calls = new Task[arrivals.Length];
            var paced = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            new Thread(() =>
            {
                NativeClock.Sharpen();
                var begin = Stopwatch.GetTimestamp();
                for (var i = 0; i < arrivals.Length; i++)
                {
                    var due = begin + arrivals[i];
                    WaitUntil(due);
                    var call = callers[i % callers.Length];

                    // On a thread of the pool: the next arrival does not wait for this one's encoding.
                    calls[i] = Task.Run(() => call(times, due));
                }

                paced.SetResult();
            }) { IsBackground = true }.Start();
            await paced.Task;
            await Task.WhenAll(calls);
            return calls.Length;
        });

    private static async Task<DistanceRound> MeasureAsync(AppendRoad road, Func<AppendTimes, Task<int>> callAsync)
    {
        var times = new AppendTimes();

        // What others have left behind is not collected on this road's account.
        GC.Collect();
        var processorTime = Environment.CpuUsage.TotalTime;
        var start = Stopwatch.GetTimestamp();
        var messages = await callAsync(times) * road.MessagesPerCall;
        var elapsed = Stopwatch.GetElapsedTime(start);
        var used = Environment.CpuUsage.TotalTime - processorTime;
        return new DistanceRound(messages / elapsed.TotalSeconds, used.TotalMicroseconds / messages, times.ToArray());
    }

    private static long[] CreateArrivals(double perSecond, TimeSpan time, Random random)
    {
        var arrivals = new List<long>();
        for (var seconds = 0d; seconds < time.TotalSeconds;)
        {
            arrivals.Add((long)(seconds * Stopwatch.Frequency));
            seconds -= Math.Log(1 - random.NextDouble()) / perSecond;
        }

        return [.. arrivals];
    }

    private static void WaitUntil(long due)
    {
        var left = (due - Stopwatch.GetTimestamp()) * 1_000_000_000 / Stopwatch.Frequency;
        if (left > 0)
        {
            NativeClock.Sleep(left);
        }
    }
}
