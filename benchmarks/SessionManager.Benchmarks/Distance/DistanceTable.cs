using System.Globalization;

namespace SessionManager.Benchmarks.Distance;

/// <summary>
/// Writes what appends cost when the server is near and when it is far, beside raw inserts that nothing limits.
/// </summary>
/// <remarks>
/// Raw inserts stand in it twice. Where the two differ by more than a little, the machine was not quiet enough for that
/// line, and its ratios say nothing: it is marked.
/// </remarks>
internal static class DistanceTable
{
    private const int Warmup = 1;
    private const int Rounds = 5;
    private const int Pings = 200;
    private const int OpenSessions = 1_024;
    private const int SaturatingCallers = 100; // The connections of the pool.
    private const double MedianTolerance = 1.03;
    private const double PercentileTolerance = 1.10;

    private static readonly TimeSpan RoundTime = TimeSpan.FromSeconds(1);
    private static readonly int[] RoundTrips = [100, 1_000, 5_000, 20_000];
    private static readonly int[] Callers = [1, 4, 16, 64];
    private static readonly int[] Loads = [20, 50, 80];

    public static async Task WriteAsync()
    {
        if (!OperatingSystem.IsLinux())
        {
            Console.Error.WriteLine("The delaying proxy waits with ppoll, which is there on Linux only.");
            return;
        }

        using var proxy = DelayProxyProcess.Start(BenchmarkDatabase.ConnectionString!, RoundTrips);
        Console.WriteLine();
        Console.WriteLine("| ping, ms | load        | raw, 1/s | again | ours | pipe | raw, p50 ms | again | ours | pipe | raw, p99 ms | again | ours | pipe | raw, CPU µs | ours | pipe |   |");
        Console.WriteLine("|---------:|------------:|---------:|------:|-----:|-----:|------------:|------:|-----:|-----:|------------:|------:|-----:|-----:|------------:|-----:|-----:|---|");
        foreach (var connectionString in proxy.ConnectionStrings)
        {
            await using var roads = new AppendRoads(connectionString);
            await WriteAsync(roads);
        }
    }

    private static async Task WriteAsync(AppendRoads roads)
    {
        await roads.PingAsync(Pings);
        var ping = await roads.PingAsync(Pings);
        foreach (var callers in Callers)
        {
            await WriteAsync(roads, ping, $"{callers} callers", callers, (road, all, _) => DistanceLoad.CloseAsync(road, all, RoundTime));
        }

        var saturating = await roads.Raw.CreateCallersAsync(SaturatingCallers);
        await DistanceLoad.CloseAsync(roads.Raw, saturating, RoundTime);
        var saturation = (await DistanceLoad.CloseAsync(roads.Raw, saturating, RoundTime)).Throughput;
        foreach (var percent in Loads)
        {
            var commandsPerSecond = saturation * percent / 100;
            var name = string.Create(CultureInfo.InvariantCulture, $"{commandsPerSecond:N0}/s, {percent} %");
            await WriteAsync(roads, ping, name, OpenSessions, (road, all, round) => DistanceLoad.OpenAsync(road, all, commandsPerSecond, RoundTime, round));
        }
    }

    private static async Task WriteAsync(
        AppendRoads roads, double ping, string load, int callers, Func<AppendRoad, Func<AppendTimes, long, Task>[], int, Task<DistanceRound>> measureAsync)
    {
        AppendRoad[] all = [roads.Control, roads.Raw, roads.Ours, roads.Pipeline];
        var callersOf = await Task.WhenAll(all.Select(road => road.CreateCallersAsync(callers)));
        var rounds = all.Select(_ => new List<DistanceRound>()).ToArray();
        for (var round = 0; round < Warmup + Rounds; round++)
        {
            for (var i = 0; i < all.Length; i++)
            {
                // Whoever comes first in a round may pay for what the others find in place.
                var road = (i + round) % all.Length;
                var measured = await measureAsync(all[road], callersOf[road], round);
                if (round >= Warmup)
                {
                    rounds[road].Add(measured);
                }
            }
        }

        Console.WriteLine(ToLine(ping, load, Array.ConvertAll(rounds, DistanceRound.Of)));
    }

    private static string ToLine(double ping, string load, DistanceRound[] rounds)
    {
        var (control, raw) = (rounds[0], rounds[1]);
        var isQuiet = Differ(control.GetTime(50), raw.GetTime(50)) <= MedianTolerance && Differ(control.GetTime(99), raw.GetTime(99)) <= PercentileTolerance;
        var ratios = string.Concat(
            ToCells(round => round.Throughput, "N0", 8), ToCells(round => round.GetTime(50), "F2", 11), ToCells(round => round.GetTime(99), "F2", 11));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"| {ping,8:F2} | {load,11} |{ratios} {control.ProcessorTime,11:F0} | {rounds[2].ProcessorTime / control.ProcessorTime,4:F2} | {rounds[3].ProcessorTime / control.ProcessorTime,4:F2} | {(isQuiet ? ' ' : '~')} |");

        // The control's value, then the others' as multiples of it: the second raw one, ours, the pipeline.
        string ToCells(Func<DistanceRound, double> get, string format, int width) => string.Create(
            CultureInfo.InvariantCulture,
            $" {get(control).ToString(format, CultureInfo.InvariantCulture).PadLeft(width)} | {get(raw) / get(control),5:F2} | {get(rounds[2]) / get(control),4:F2} | {get(rounds[3]) / get(control),4:F2} |");
    }

    private static double Differ(double first, double second) => Math.Max(first / second, second / first);
}
