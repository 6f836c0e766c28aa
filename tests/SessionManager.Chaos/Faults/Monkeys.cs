using System.Globalization;

namespace SessionManager.Chaos.Faults;

/// <summary>
/// Breaks the line, the workers and the database at random, until told to stop. At the end all of it works again.
/// </summary>
internal sealed class Monkeys(ChaosProxy proxy, WorkerFleet workers, DatabaseProcesses? database, int seed)
{
    private readonly Dictionary<string, int> _counts = [];

    /// <summary>
    /// Gets how often what was done, in words.
    /// </summary>
    public string Summary => string.Join(", ", _counts.OrderBy(pair => pair.Key).Select(pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Value} {pair.Key}")));

    public Task RunAsync(CancellationToken stop) => Task.WhenAll(
        RepeatAsync(1, 300, 2_500, BreakLineAsync, stop),
        RepeatAsync(2, 3_000, 8_000, KillWorkerAsync, stop),
        RepeatAsync(3, 2_000, 7_000, StopWorkerAsync, stop),
        database is null ? Task.CompletedTask : RepeatAsync(4, 8_000, 20_000, KillDatabaseAsync, stop));

    private async Task RepeatAsync(int number, int minPause, int maxPause, Func<Random, Task> breakAsync, CancellationToken stop)
    {
        var random = new Random((seed * 10) + number);
        while (!stop.IsCancellationRequested)
        {
            await Task.Delay(random.Next(minPause, maxPause), stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!stop.IsCancellationRequested)
            {
                await breakAsync(random);
            }
        }
    }

    private async Task BreakLineAsync(Random random)
    {
        var time = TimeSpan.FromMilliseconds(random.Next(100, 2_000));
        switch (random.Next(5))
        {
            case 0:
                Count("cuts");
                proxy.CutAll();
                break;
            case 1:
                Count("lost answers");
                proxy.LoseAnswers(random.Next(1, 20));
                break;
            case 2:
                // Longer than the workers wait for an answer, at times.
                Count("blackholes");
                proxy.IsBlackhole = true;
                await Task.Delay(2 * time);
                proxy.IsBlackhole = false;
                break;
            case 3:
                Count("slow lines");
                proxy.Delay = TimeSpan.FromMilliseconds(random.Next(5, 200));
                await Task.Delay(time);
                proxy.Delay = TimeSpan.Zero;
                break;
            default:
                Count("refusals");
                proxy.Refuse();
                await Task.Delay(time);
                proxy.Accept();
                break;
        }
    }

    private Task KillWorkerAsync(Random random)
    {
        Count("killed processes");
        return workers.ReplaceAsync(random.Next(workers.Count));
    }

    private Task StopWorkerAsync(Random random)
    {
        Count("stopped processes");
        return workers.StopForAsync(random.Next(workers.Count), TimeSpan.FromMilliseconds(random.Next(200, 4_000)));
    }

    private async Task KillDatabaseAsync(Random random)
    {
        Count("killed databases");
        await database!.KillAsync(random);

        // A database that is killed takes its connections along; the gateway in front of it would keep them.
        proxy.CutAll();
        await database.WaitAsync();
    }

    private void Count(string what)
    {
        lock (_counts)
        {
            _counts[what] = _counts.GetValueOrDefault(what) + 1;
        }
    }
}
