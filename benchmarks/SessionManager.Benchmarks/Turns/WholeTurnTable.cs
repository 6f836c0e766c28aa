using System.Globalization;

namespace SessionManager.Benchmarks.Turns;

/// <summary>
/// Writes what a whole turn costs (load, store the question, store the answer, end of the run) beside stores that one would write by hand.
/// </summary>
internal static class WholeTurnTable
{
    private const int Warmup = 2;
    private const int Rounds = 9;
    private const int CountedSessions = 5;

    // Sessions grow by at most a fifth: those that are short get one turn each.
    private static readonly TurnSituation[] Situations =
    [
        new(Callers: 1, Messages: 10, Sessions: 200, TurnsPerSession: 1),
        new(Callers: 1, Messages: 200, Sessions: 10, TurnsPerSession: 10),
        new(Callers: 1, Messages: 1_000, Sessions: 1, TurnsPerSession: 30),
        new(Callers: 1, Messages: 3_000, Sessions: 1, TurnsPerSession: 15),
        new(Callers: 64, Messages: 20, Sessions: 6, TurnsPerSession: 1),
    ];

    public static async Task WriteAsync()
    {
        Console.WriteLine();
        Console.WriteLine("| callers | messages | store                | turns, 1/s | ratio | CPU, µs | ratio | p50, ms | ratio | p99, ms | ratio | commands | bytes/message |");
        Console.WriteLine("|--------:|---------:|----------------------|-----------:|------:|--------:|------:|--------:|------:|--------:|------:|---------:|--------------:|");
        foreach (var situation in Situations)
        {
            await WriteAsync(situation);
        }
    }

    private static async Task WriteAsync(TurnSituation situation)
    {
        var counted = await CountAsync(situation.Messages);
        await using var contenders = new TurnContenders();
        var all = contenders.All.Select(contender => new TurnRounds(contender)).ToArray();
        for (var round = -Warmup; round < Rounds; round++)
        {
            for (var i = 0; i < all.Length; i++)
            {
                // Whoever comes first in a round may pay for what the others find in place.
                await all[(i + round + Warmup) % all.Length].MeasureAsync(situation, isWarmup: round < 0);
            }
        }

        var baseline = all.Single(rounds => rounds.Contender == contenders.Baseline);
        for (var i = 0; i < all.Length; i++)
        {
            Console.WriteLine(ToLine(situation, all[i], baseline, counted[i]));
        }
    }

    // A subscriber to events costs time, so that counting is a pass of its own.
    private static async Task<(double Commands, double Bytes)[]> CountAsync(int messageCount)
    {
        var counter = new CommandCounter();
        await using var contenders = new TurnContenders(counter);
        var counted = new List<(double, double)>();
        foreach (var contender in contenders.All)
        {
            var sessionIds = Enumerable.Range(0, CountedSessions).Select(_ => BenchmarkDatabase.NewSessionId()).ToArray();
            await contender.StoreAsync(sessionIds, messageCount);
            var before = counter.Count;
            for (var i = 0; i < sessionIds.Length; i++)
            {
                await contender.RunAsync(sessionIds[i], TurnText.Create("question", i));
            }

            counted.Add(((double)(counter.Count - before) / sessionIds.Length, await contender.GetMessageSizeAsync()));
        }

        return [.. counted];
    }

    private static string ToLine(TurnSituation situation, TurnRounds rounds, TurnRounds baseline, (double Commands, double Bytes) counted) => string.Create(
        CultureInfo.InvariantCulture,
        $"| {situation.Callers,7} | {situation.Messages,8:N0} | {rounds.Contender.Name,-20} | {rounds.Throughput,10:N0} | {rounds.Throughput / baseline.Throughput,5:F2} | {rounds.ProcessorTime,7:N0} | {rounds.ProcessorTime / baseline.ProcessorTime,5:F2} | {rounds.GetTime(50),7:F2} | {rounds.GetTime(50) / baseline.GetTime(50),5:F2} | {rounds.GetTime(99),7:F2} | {rounds.GetTime(99) / baseline.GetTime(99),5:F2} | {counted.Commands,8:F1} | {counted.Bytes,13:N0} |");
}
