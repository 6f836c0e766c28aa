using System.Diagnostics;
using System.Globalization;

namespace SessionManager.Benchmarks;

/// <summary>
/// Writes what operations cost in several situations: medians, and the ratio to the first situation.
/// </summary>
/// <remarks>The situations take turns, so that whatever else the machine does meets all of them alike.</remarks>
internal sealed class TurnTable<T>(string caption, int rounds, IReadOnlyList<(string Name, T Situation)> columns)
{
    private const int Warmup = 50;
    private const int MinRounds = 20;
    private static readonly TimeSpan MaxTime = TimeSpan.FromSeconds(12);

    public void WriteHead()
    {
        Console.WriteLine();
        Console.WriteLine($"| {caption,-24} |{string.Concat(columns.Select(column => $" {column.Name,17} |"))}");
        Console.WriteLine($"|--------------------------|{string.Concat(columns.Select(_ => "------------------:|"))}");
    }

    /// <summary>
    /// Measures an operation, which gets the number of its round.
    /// </summary>
    public async Task WriteAsync(string name, Func<T, int, Task> operation)
    {
        var times = columns.Select(_ => new List<double>(rounds)).ToArray();
        var begin = Stopwatch.GetTimestamp();
        for (var round = 0; round < Warmup + rounds && (times[0].Count < MinRounds || Stopwatch.GetElapsedTime(begin) < MaxTime); round++)
        {
            for (var i = 0; i < columns.Count; i++)
            {
                // Whoever comes first in a round may pay for what the others find in place.
                var column = (i + round) % columns.Count;
                var start = Stopwatch.GetTimestamp();
                await operation(columns[column].Situation, round);
                if (round >= Math.Min(Warmup, rounds))
                {
                    times[column].Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                }
            }
        }

        var medians = Array.ConvertAll(times, Median.Of);
        var cells = medians.Select(median => string.Create(CultureInfo.InvariantCulture, $" {median,7:F3} ms x{median / medians[0],5:F2} |"));
        Console.WriteLine($"| {name,-24} |{string.Concat(cells)}");
    }
}
