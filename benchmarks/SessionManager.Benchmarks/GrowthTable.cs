using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.AI;

namespace SessionManager.Benchmarks;

/// <summary>
/// Writes what an operation costs in sessions with few and with many messages: medians, and the ratio to the first.
/// </summary>
/// <remarks>The sizes take turns, so that whatever else the machine does meets all of them alike.</remarks>
internal static class GrowthTable
{
    private const int Warmup = 50;
    private const int Rounds = 400;

    private static readonly int[] Sizes = [10, 1_000, 10_000, 50_000];
    private static readonly MessageQuery LastPage = new() { NewestFirst = true, Limit = 20 };
    private static readonly ChatMessage Message = new(ChatRole.Assistant, BenchmarkDatabase.Text);
    private static readonly UsageDetails Usage = new() { InputTokenCount = 100, OutputTokenCount = 50 };

    public static async Task WriteAsync()
    {
        await using var database = new BenchmarkDatabase();
        var stored = new List<Stored[]>();
        foreach (var size in Sizes)
        {
            stored.Add(await AddAsync(database, size));
        }

        Console.WriteLine();
        Console.WriteLine($"| {"stored messages",-24} |{string.Concat(Sizes.Select(size => string.Create(CultureInfo.InvariantCulture, $" {size,17:N0} |")))}");
        Console.WriteLine($"|--------------------------|{string.Concat(Sizes.Select(_ => "------------------:|"))}");
        await WriteAsync("Count", stored, one => one.Session.GetMessageCountAsync(BenchmarkDatabase.AgentId));
        await WriteAsync("List the last 20", stored, one => one.Session.ListMessagesAsync(BenchmarkDatabase.AgentId, LastPage));
        await WriteAsync("Append, 1 kB", stored, one => one.Session.AppendMessageAsync(Message, one.Agent));
        await WriteAsync("Sync, state and metrics", stored, one =>
        {
            one.Agent.State["turn"] = Stopwatch.GetTimestamp();
            one.Agent.Metrics.AddModelCall(Usage, TimeSpan.FromMilliseconds(800));
            return one.Session.SyncAgentAsync(one.Agent);
        });
    }

    // Small sessions take turns too, or appending would make them large.
    private static async Task<Stored[]> AddAsync(BenchmarkDatabase database, int size)
    {
        var sessions = new Stored[Math.Max(1, 1_000 / size)];
        for (var i = 0; i < sessions.Length; i++)
        {
            var (session, agent) = await database.AddSessionAsync(size);
            sessions[i] = new Stored(session, agent);
        }

        return sessions;
    }

    private static async Task WriteAsync(string name, List<Stored[]> stored, Func<Stored, Task> operation)
    {
        var times = stored.ConvertAll(_ => new List<double>(Rounds));
        for (var round = -Warmup; round < Rounds; round++)
        {
            for (var size = 0; size < stored.Count; size++)
            {
                var sessions = stored[size];
                var session = sessions[(round + Warmup) % sessions.Length];
                var start = Stopwatch.GetTimestamp();
                await operation(session);
                if (round >= 0)
                {
                    times[size].Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                }
            }
        }

        var medians = times.ConvertAll(Median.Of);
        var cells = medians.Select(median => string.Create(CultureInfo.InvariantCulture, $" {median,7:F3} ms x{median / medians[0],5:F2} |"));
        Console.WriteLine($"| {name,-24} |{string.Concat(cells)}");
    }

    private sealed record Stored(ISessionManager Session, SessionAgent Agent);
}
