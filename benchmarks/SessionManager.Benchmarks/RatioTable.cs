using System.Globalization;
using BenchmarkDotNet.Reports;

namespace SessionManager.Benchmarks;

/// <summary>
/// Writes one line for each benchmark: ours beside the baseline, with the ratios of time (medians) and allocation.
/// </summary>
internal static class RatioTable
{
    public static void WriteHead()
    {
        Console.WriteLine();
        Console.WriteLine("| operation                |      ours |       raw | ratio |   ours (B) |    raw (B) | ratio |");
        Console.WriteLine("|--------------------------|----------:|----------:|------:|-----------:|-----------:|------:|");
    }

    /// <summary>
    /// Writes the lines of one class, and returns whether all of its benchmarks ran.
    /// </summary>
    public static async Task<bool> WriteAsync(Summary summary)
    {
        foreach (var error in summary.ValidationErrors.Where(error => error.IsCritical))
        {
            await Console.Error.WriteLineAsync(error.Message);
        }

        var reports = summary.Reports.ToLookup(report => report.Success);
        foreach (var report in reports[false])
        {
            await Console.Error.WriteLineAsync($"{report.BenchmarkCase.DisplayInfo} failed; see {summary.LogFilePath}.");
        }

        foreach (var ours in reports[true].Where(report => !report.BenchmarkCase.Descriptor.Baseline))
        {
            var parameters = ours.BenchmarkCase.Parameters;
            var raw = reports[true].FirstOrDefault(
                other => other.BenchmarkCase.Descriptor.Baseline && other.BenchmarkCase.Parameters.DisplayInfo == parameters.DisplayInfo);
            Console.WriteLine(raw is null ? ToLine(ours) : await ToLineAsync(ours, raw));
        }

        return !reports[false].Any() && reports[true].Any();
    }

    private static string ToLine(BenchmarkReport ours) => string.Create(
        CultureInfo.InvariantCulture,
        $"| {ToName(ours),-24} | {ToText(ours.ResultStatistics!.Median),9} |         - |     - | {GetAllocated(ours),10:N0} |          - |     - |");

    private static async Task<string> ToLineAsync(BenchmarkReport ours, BenchmarkReport raw)
    {
        var (oursTime, rawTime) = await Alternation.MeasureAsync(ours.BenchmarkCase, raw.BenchmarkCase);
        var (oursSize, rawSize) = (GetAllocated(ours), GetAllocated(raw));
        var time = string.Create(CultureInfo.InvariantCulture, $"{ToText(oursTime),9} | {ToText(rawTime),9} | {oursTime / rawTime,5:F2}");
        var size = string.Create(CultureInfo.InvariantCulture, $"{oursSize,10:N0} | {rawSize,10:N0} | {oursSize / rawSize,5:F2}");
        return $"| {ToName(ours),-24} | {time} | {size} |";
    }

    private static string ToName(BenchmarkReport report)
    {
        var benchmark = report.BenchmarkCase;
        var parameters = benchmark.Parameters.Items.Select(item => item.Value.ToString());
        return string.Join(", ", parameters.Prepend(benchmark.Descriptor.WorkloadMethodDisplayInfo.Trim('\'')));
    }

    private static double GetAllocated(BenchmarkReport report) => report.GcStats.GetBytesAllocatedPerOperation(report.BenchmarkCase) ?? 0;

    private static string ToText(double nanoseconds) => nanoseconds switch
    {
        < 1_000 => string.Create(CultureInfo.InvariantCulture, $"{nanoseconds:F1} ns"),
        < 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{nanoseconds / 1_000:F2} µs"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{nanoseconds / 1_000_000:F2} ms"),
    };
}
