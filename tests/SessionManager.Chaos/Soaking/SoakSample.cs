using System.Diagnostics;
using System.Globalization;

namespace SessionManager.Chaos.Soaking;

/// <summary>
/// What the process holds at one moment.
/// </summary>
internal sealed record SoakSample(TimeSpan Time, int Turns, double HeapMegabytes, int Handles, int Threads)
{
    // The last third may stand this much above the third before it; the first third is for warming up.
    private const double HeapTolerance = 0.10;
    private const double HeapToleranceMegabytes = 2;
    private const int HandleTolerance = 20;
    private const int ThreadTolerance = 10;

    public static SoakSample Take(TimeSpan time, int turns)
    {
        var heap = GC.GetTotalMemory(forceFullCollection: true);
        using var process = Process.GetCurrentProcess();
        return new SoakSample(time, turns, heap / 1048576.0, process.HandleCount, process.Threads.Count);
    }

    /// <summary>
    /// Says whether nothing has grown between the second and the last third.
    /// </summary>
    public static bool AreLevel(List<SoakSample> samples)
    {
        var third = samples.Count / 3;
        var (before, last) = (samples[third..^third], samples[^third..]);
        return IsLevel("heap", before, last, sample => sample.HeapMegabytes, value => (value * HeapTolerance) + HeapToleranceMegabytes)
            & IsLevel("handles", before, last, sample => sample.Handles, _ => HandleTolerance)
            & IsLevel("threads", before, last, sample => sample.Threads, _ => ThreadTolerance);
    }

    public static void WriteHead()
    {
        Console.WriteLine("|    time |   turns | heap, MB | handles | threads |");
        Console.WriteLine("|--------:|--------:|---------:|--------:|--------:|");
    }

    public void Write() => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture, $"| {Time:mm\\:ss} | {Turns,7:N0} | {HeapMegabytes,8:F1} | {Handles,7} | {Threads,7} |"));

    private static bool IsLevel(string name, List<SoakSample> before, List<SoakSample> last, Func<SoakSample, double> get, Func<double, double> getTolerance)
    {
        var (first, second) = (Median(before, get), Median(last, get));
        var isLevel = second <= first + getTolerance(first);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: {first:F1}, then {second:F1}: {(isLevel ? "level" : "NOT LEVEL")}"));
        return isLevel;
    }

    private static double Median(List<SoakSample> samples, Func<SoakSample, double> get) => samples.Select(get).Order().ElementAt(samples.Count / 2);
}
