using System.Diagnostics;
using System.Globalization;
using MongoDB.Bson;
using MongoDB.Driver;

namespace SessionManager.Benchmarks;

/// <summary>
/// Writes what it takes to bring 10,000 sessions of the Python library with 300,000 messages over, and to look at them again. Takes minutes.
/// </summary>
internal static class MigrationTable
{
    private const int SessionCount = 10_000;
    private const int MessageCount = 30;
    private const int BatchSize = 200;

    public static async Task WriteAsync()
    {
        using var client = new MongoClient(BenchmarkDatabase.ConnectionString);
        var name = $"migration_{Guid.NewGuid():N}";
        var database = client.GetDatabase(name);
        try
        {
            var bytes = await FillAsync(database.GetCollection<BsonDocument>("python"));
            var number = CultureInfo.InvariantCulture;
            Console.WriteLine();
            Console.WriteLine(string.Create(number, $"{SessionCount:N0} sessions, {SessionCount * MessageCount:N0} messages, {bytes / 1_000_000:N0} MB as Python stores them:"));
            Console.WriteLine();
            Console.WriteLine("| pass | time | sessions/s | highest heap | highest working set |");
            Console.WriteLine("|---|---:|---:|---:|---:|");
            await WritePassAsync("dry run", database, "sessions", new PythonMigrationOptions { DryRun = true });
            var first = await WritePassAsync("first", database, "sessions", new PythonMigrationOptions());
            var second = await WritePassAsync("nothing has changed", database, "sessions", new PythonMigrationOptions());
            await TouchAsync(database.GetCollection<BsonDocument>("python"));
            await WritePassAsync("one message more in each 100th", database, "sessions", new PythonMigrationOptions());
            await WritePassAsync("first, not verified", database, "unverified", new PythonMigrationOptions { Verify = false });
            Console.WriteLine();
            Console.WriteLine(string.Create(number, $"The second pass takes 1/{first / second:N1} of the first."));
        }
        finally
        {
            await client.DropDatabaseAsync(name);
        }
    }

    private static async Task<double> WritePassAsync(string pass, IMongoDatabase database, string target, PythonMigrationOptions options)
    {
        GC.Collect();
        using var stop = new CancellationTokenSource();
        var watching = WatchMemoryAsync(stop.Token);
        var start = Stopwatch.GetTimestamp();
        var report = await new PythonSessionMigration(database, "python", database, target).MigrateAsync(options);
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        await stop.CancelAsync();
        var (heap, workingSet) = await watching;
        if (!report.IsComplete || report.SessionCount != SessionCount)
        {
            throw new InvalidOperationException(report.ToJson());
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {pass} | {seconds:N1} s | {SessionCount / seconds:N0} | {heap / 1_000_000:N0} MB | {workingSet / 1_000_000:N0} MB |"));
        return seconds;
    }

    private static async Task<(long Heap, long WorkingSet)> WatchMemoryAsync(CancellationToken stop)
    {
        using var process = Process.GetCurrentProcess();
        var (heap, workingSet) = (0L, 0L);
        while (!stop.IsCancellationRequested)
        {
            process.Refresh();
            heap = Math.Max(heap, GC.GetTotalMemory(forceFullCollection: false));
            workingSet = Math.Max(workingSet, process.WorkingSet64);
            await Task.Delay(50, CancellationToken.None);
        }

        return (heap, workingSet);
    }

    private static async Task<long> FillAsync(IMongoCollection<BsonDocument> source)
    {
        var bytes = 0L;
        for (var first = 0; first < SessionCount; first += BatchSize)
        {
            var batch = Enumerable.Range(first, BatchSize).Select(CreateSession).ToList();
            bytes += batch.Sum(static session => (long)session.ToBson().Length);
            await source.InsertManyAsync(batch);
        }

        return bytes;
    }

    // Each 100th session goes on.
    private static async Task TouchAsync(IMongoCollection<BsonDocument> source)
    {
        for (var index = 0; index < SessionCount; index += 100)
        {
            await source.UpdateOneAsync(
                new BsonDocument("_id", ToId(index)),
                new BsonDocument("$push", new BsonDocument("agents.support.messages", CreateMessage(MessageCount, DateTime.UtcNow, 0))));
        }
    }

    private static string ToId(int index) => string.Create(CultureInfo.InvariantCulture, $"session-{index:D6}");

    private static BsonDocument CreateSession(int index)
    {
        var created = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddMinutes(index);
        var messages = new BsonArray();
        for (var id = 0; id < MessageCount; id++)
        {
            messages.Add(CreateMessage(id, created.AddSeconds(id), (id + 1) / 2));
        }

        return new BsonDocument
        {
            { "_id", ToId(index) },
            { "session_id", ToId(index) },
            { "application_name", "shop" },
            { "session_type", "AGENT" },
            { "session_viewer_password", "none" },
            { "created_at", created },
            { "updated_at", created },
            {
                "agents", new BsonDocument("support", new BsonDocument
                {
                    { "agent_data", new BsonDocument { { "agent_id", "support" }, { "state", new BsonDocument("turns", MessageCount / 2) }, { "conversation_manager_state", new BsonDocument() }, { "model", "m" } } },
                    { "messages", messages },
                    { "created_at", created },
                    { "updated_at", created },
                })
            },
            { "metadata", new BsonDocument { { "priority", "high" }, { "customer.tier", "gold" } } },
            { "feedbacks", new BsonArray() },
            { "guardrail_events", new BsonArray() },
        };
    }

    // With the snapshot that Python puts on whichever message is last.
    private static BsonDocument CreateMessage(int id, DateTime created, int calls)
    {
        var isAssistant = id % 2 == 1;
        var message = new BsonDocument
        {
            { "role", isAssistant ? "assistant" : "user" },
            { "content", new BsonArray { new BsonDocument("text", BenchmarkDatabase.Text) } },
        };
        if (isAssistant)
        {
            message.Add("metadata", BsonDocument.Parse("{ usage: { inputTokens: 100, outputTokens: 20, totalTokens: 120 }, metrics: { latencyMs: 150 } }"));
        }

        return new BsonDocument
        {
            { "message", message },
            { "message_id", id },
            { "redact_message", BsonNull.Value },
            { "created_at", created },
            { "updated_at", created },
            {
                "event_loop_metrics", new BsonDocument
                {
                    { "accumulated_metrics", new BsonDocument("latencyMs", 150 * calls) },
                    { "accumulated_usage", new BsonDocument { { "inputTokens", 100 * calls }, { "outputTokens", 20 * calls }, { "totalTokens", 120 * calls } } },
                    { "cycle_metrics", new BsonDocument { { "cycle_count", calls }, { "total_duration", 0.5 * calls }, { "average_cycle_time", 0.5 } } },
                    { "tool_usage", new BsonDocument() },
                }
            },
        };
    }
}
