using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.AI;

namespace SessionManager.Benchmarks;

/// <summary>
/// Writes what appends cost when many sessions append at once, beside as many raw inserts: medians of rounds in turns.
/// </summary>
internal static class ConcurrencyTable
{
    private const int Warmup = 2;
    private const int Rounds = 15;
    private const int MessagesPerRound = 6_400;
    private const int MessagesPerRoundOfOne = 2_400;

    private static readonly int[] Appenders = [1, 4, 16, 64];
    private static readonly ChatMessage Message = new(ChatRole.Assistant, BenchmarkDatabase.Text);

    public static async Task WriteAsync()
    {
        await using var database = new BenchmarkDatabase();
        Console.WriteLine();
        Console.WriteLine("| appends of 1 kB at once  |   ours, 1/s |    raw, 1/s | ratio | CPU, µs |  raw | ratio | p50, ms |   raw | p99, ms |   raw | ratio |");
        Console.WriteLine("|--------------------------|------------:|------------:|------:|--------:|-----:|------:|--------:|------:|--------:|------:|------:|");
        foreach (var count in Appenders)
        {
            await WriteAsync(database, count);
        }
    }

    private static async Task WriteAsync(BenchmarkDatabase database, int count)
    {
        var ours = new Func<Task>[count];
        var raw = new Func<Task>[count];
        for (var i = 0; i < count; i++)
        {
            var (session, agent) = await database.AddSessionAsync();
            ours[i] = () => session.AppendMessageAsync(Message, agent);
            var (rawSession, messageId) = (database.GetRaw(BenchmarkDatabase.NewSessionId()), 0);
            raw[i] = () => rawSession.AppendAsync(messageId++, "assistant", BenchmarkDatabase.Text);
        }

        var (oursRounds, rawRounds) = (new List<Round>(), new List<Round>());
        for (var round = -Warmup; round < Rounds; round++)
        {
            var isOursFirst = round % 2 == 0;
            var first = await MeasureAsync(isOursFirst ? ours : raw);
            var second = await MeasureAsync(isOursFirst ? raw : ours);
            if (round >= 0)
            {
                oursRounds.Add(isOursFirst ? first : second);
                rawRounds.Add(isOursFirst ? second : first);
            }
        }

        Console.WriteLine(ToLine(count, Median(oursRounds), Median(rawRounds)));
    }

    private static async Task<Round> MeasureAsync(Func<Task>[] appenders)
    {
        var each = appenders.Length == 1 ? MessagesPerRoundOfOne : MessagesPerRound / appenders.Length;
        var times = new double[appenders.Length * each];
        using var process = Process.GetCurrentProcess();
        var processorTime = process.TotalProcessorTime;
        var start = Stopwatch.GetTimestamp();
        await Task.WhenAll(appenders.Select((append, i) => AppendAsync(append, times.AsMemory(i * each, each))));
        var elapsed = Stopwatch.GetElapsedTime(start);
        process.Refresh();
        var used = process.TotalProcessorTime - processorTime;
        Array.Sort(times);
        return new Round(
            times.Length / elapsed.TotalSeconds,
            used.TotalMicroseconds / times.Length,
            times[times.Length / 2],
            times[times.Length * 99 / 100]);
    }

    private static async Task AppendAsync(Func<Task> append, Memory<double> times)
    {
        for (var i = 0; i < times.Length; i++)
        {
            var start = Stopwatch.GetTimestamp();
            await append();
            times.Span[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }
    }

    private static Round Median(List<Round> rounds) => new(
        Benchmarks.Median.Of(rounds.ConvertAll(round => round.Throughput)),
        Benchmarks.Median.Of(rounds.ConvertAll(round => round.ProcessorTime)),
        Benchmarks.Median.Of(rounds.ConvertAll(round => round.Half)),
        Benchmarks.Median.Of(rounds.ConvertAll(round => round.NinetyNine)));

    private static string ToLine(int count, Round ours, Round raw) => string.Create(
        CultureInfo.InvariantCulture,
        $"| {count,-24} | {ours.Throughput,11:N0} | {raw.Throughput,11:N0} | {ours.Throughput / raw.Throughput,5:F2} | {ours.ProcessorTime,7:F0} | {raw.ProcessorTime,4:F0} | {ours.ProcessorTime / raw.ProcessorTime,5:F2} | {ours.Half,7:F2} | {raw.Half,5:F2} | {ours.NinetyNine,7:F2} | {raw.NinetyNine,5:F2} | {ours.NinetyNine / raw.NinetyNine,5:F2} |");

    private sealed record Round(double Throughput, double ProcessorTime, double Half, double NinetyNine);
}
