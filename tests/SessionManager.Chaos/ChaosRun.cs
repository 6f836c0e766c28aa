using System.Diagnostics;
using System.Globalization;
using MongoDB.Driver;
using SessionManager.Chaos.Faults;
using SessionManager.Chaos.Judging;
using SessionManager.Chaos.Workers;
using SessionManager.TestServer;

namespace SessionManager.Chaos;

/// <summary>
/// Lets four processes with twelve tasks each store, breaks everything around them, and judges what is stored.
/// </summary>
internal static class ChaosRun
{
    private const int ShownViolations = 20;

    // For the slowest operation of a worker that is told to end.
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(1);

    public static async Task<int> RunAsync(TimeSpan time, int seed)
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Chaos for {time.TotalMinutes:0.##} min with seed {seed}."));
        await using var server = await MongoTestServer.StartAsync(Console.WriteLine);
        var database = await DatabaseProcesses.FindAsync();
        if (database is null)
        {
            Console.WriteLine("This server is not one that can be killed here; its lines, and the processes that use it, are.");
        }

        var logFolder = Directory.CreateTempSubdirectory("session-manager-chaos-");
        using var client = new MongoClient(server.ConnectionString);
        var settings = new WorkerSettings
        {
            ConnectionString = "",
            DatabaseName = $"sessions_chaos_{Guid.NewGuid():N}",
            Name = "",
            Index = 0,
            Seed = seed,
            LogFile = "",
            ClockStart = TimeProvider.System.GetUtcNow(),

            // DocumentDB's secondary indexes do not survive a kill: updates that meet a broken page never end. That is not
            // what is judged here, and keys need none of them.
            CreateIndexes = database is null,
        };
        try
        {
            var isRight = await RunAsync(time, settings, client, server.ConnectionString, database, logFolder.FullName);
            if (isRight)
            {
                logFolder.Delete(recursive: true);
            }

            return isRight ? 0 : 1;
        }
        finally
        {
            await client.DropDatabaseAsync(settings.DatabaseName);
        }
    }

    private static async Task<bool> RunAsync(
        TimeSpan time, WorkerSettings settings, MongoClient client, string connectionString, DatabaseProcesses? database, string logFolder)
    {
        await using var proxy = new ChaosProxy(connectionString);
        using var workers = new WorkerFleet(settings with { ConnectionString = proxy.ConnectionString }, logFolder);
        var monkeys = new Monkeys(proxy, workers, database, settings.Seed);
        var sweeper = new Sweeper(client.GetDatabase(settings.DatabaseName), new FastClock(settings.ClockStart), settings.Seed);
        using var stop = new CancellationTokenSource();
        var start = Stopwatch.GetTimestamp();
        workers.Start();
        var sweeping = sweeper.RunAsync(stop.Token);
        using (var end = new CancellationTokenSource(time))
        {
            await monkeys.RunAsync(end.Token);
        }

        await Task.Delay(Settling);
        var unended = await workers.EndAsync();
        await stop.CancelAsync();
        await sweeping;

        var reports = WorkerReports.Read(logFolder);
        var judge = new Judge(client.GetDatabase(settings.DatabaseName), reports);
        await judge.JudgeAsync(sweeper.LastSweep);
        string[] violations =
        [
            .. workers.Died.Select(name => $"{name} ended by itself."),
            .. unended.Select(name => $"{name} did not end in order."),
            .. judge.Violations,
        ];
        WriteSummary(Stopwatch.GetElapsedTime(start), monkeys, reports, judge, sweeper);
        foreach (var violation in violations.Take(ShownViolations))
        {
            Console.WriteLine($"VIOLATION: {violation}");
        }

        Console.WriteLine(violations.Length == 0
            ? "Nothing lost, nothing stored twice, no gap, no hang."
            : string.Create(CultureInfo.InvariantCulture, $"{violations.Length} violations with seed {settings.Seed}. The logs of the workers are in {logFolder}."));
        return violations.Length == 0;
    }

    private static void WriteSummary(TimeSpan time, Monkeys monkeys, WorkerReports reports, Judge judge, Sweeper sweeper)
    {
        FormattableString[] lines =
        [
            $"{time.TotalSeconds:F0} s: {monkeys.Summary}.",
            $"{reports.Messages.Count:N0} messages acknowledged, of which {judge.RequiredCount:N0} must be there; {judge.StoredCount:N0} stored.",
            $"{reports.Writes.Count:N0} other writes, {reports.Loads:N0} loads; {reports.Failures:N0} operations failed in workers that were not killed.",
            $"Expired: {sweeper.DeletedSessions:N0} sessions, {sweeper.DeletedMessages:N0} messages; {sweeper.FailedSweeps:N0} sweeps failed.",
            $"Last heaps: {string.Join(", ", reports.Heaps.Values.Select(heap => (heap / 1048576.0).ToString("F1", CultureInfo.InvariantCulture)))} MB.",
        ];
        foreach (var line in lines)
        {
            Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
        }
    }
}
