using System.Diagnostics;
using BenchmarkDotNet.Running;

namespace SessionManager.Benchmarks;

/// <summary>
/// Times two benchmarks in turns, so that whatever else the machine does meets both alike. BenchmarkDotNet times one
/// after the other; on a machine that is shared, their ratio would tell when each of them ran.
/// </summary>
internal static class Alternation
{
    private const int MaxRounds = 3_000;
    private const double MinSampleSeconds = 0.0002;
    private static readonly TimeSpan MaxTime = TimeSpan.FromSeconds(4);

    /// <summary>
    /// Gets the median times of one operation in nanoseconds.
    /// </summary>
    public static async Task<(double First, double Second)> MeasureAsync(BenchmarkCase first, BenchmarkCase second)
    {
        var instance = Activator.CreateInstance(first.Descriptor.Type)!;
        foreach (var parameter in first.Parameters.Items)
        {
            first.Descriptor.Type.GetProperty(parameter.Name)!.SetValue(instance, parameter.Value);
        }

        await InvokeAsync(first.Descriptor.GlobalSetupMethod?.Invoke(instance, null));
        var times = await MeasureAsync(ToOperation(first, instance), ToOperation(second, instance));
        await InvokeAsync(first.Descriptor.GlobalCleanupMethod?.Invoke(instance, null));
        return times;
    }

    private static async Task<(double First, double Second)> MeasureAsync(Func<int, Task> first, Func<int, Task> second)
    {
        var count = await FindCountAsync(second);
        var firstTimes = new List<double>(MaxRounds);
        var secondTimes = new List<double>(MaxRounds);
        var start = Stopwatch.GetTimestamp();
        for (var round = 0; round < MaxRounds && Stopwatch.GetElapsedTime(start) < MaxTime; round++)
        {
            if (round % 2 == 0)
            {
                firstTimes.Add(await TimeAsync(first, count));
                secondTimes.Add(await TimeAsync(second, count));
            }
            else
            {
                secondTimes.Add(await TimeAsync(second, count));
                firstTimes.Add(await TimeAsync(first, count));
            }
        }

        return (Median.Of(firstTimes), Median.Of(secondTimes));
    }

    // The clock cannot time a few nanoseconds.
    private static async Task<int> FindCountAsync(Func<int, Task> operation)
    {
        var count = 1;
        while (await TimeAsync(operation, count) * count < MinSampleSeconds * 1e9)
        {
            count *= 2;
        }

        return count;
    }

    private static async Task<double> TimeAsync(Func<int, Task> operation, int count)
    {
        var start = Stopwatch.GetTimestamp();
        await operation(count);
        return Stopwatch.GetElapsedTime(start).TotalNanoseconds / count;
    }

    private static Func<int, Task> ToOperation(BenchmarkCase benchmark, object instance)
    {
        var method = benchmark.Descriptor.WorkloadMethod;
        if (method.ReturnType.IsAssignableTo(typeof(Task)))
        {
            var runAsync = method.CreateDelegate<Func<Task>>(instance);
            return async count =>
            {
                for (var i = 0; i < count; i++)
                {
                    await runAsync();
                }
            };
        }

        var run = method.CreateDelegate<Func<object>>(instance);
        return count =>
        {
            for (var i = 0; i < count; i++)
            {
                run();
            }

            return Task.CompletedTask;
        };
    }

    private static Task InvokeAsync(object? result) => result as Task ?? Task.CompletedTask;
}
