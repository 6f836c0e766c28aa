using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.AI;

namespace SessionManager.Benchmarks;

/// <summary>
/// Writes what an operation costs among few and among many sessions, and how large the latter are. Takes minutes.
/// </summary>
internal static class LoadTable
{
    private const int MessageCount = 10;
    private const int Rounds = 1_000;

    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(90);
    private static readonly int[] SessionCounts = [1_000, 10_000, 100_000];
    private static readonly MessageQuery LastPage = new() { NewestFirst = true, Limit = 20 };
    private static readonly ChatMessage Message = new(ChatRole.User, BenchmarkDatabase.Text);
    private static readonly Dictionary<string, object?> HighPriority = new() { ["priority"] = "high" };
    private static readonly Feedback Feedback = new() { Rating = FeedbackRating.Up, Comment = "Quick, and to the point." };

    public static async Task WriteAsync()
    {
        var databases = new List<BenchmarkDatabase>();
        try
        {
            var columns = new List<(string, Loaded)>();
            foreach (var count in SessionCounts)
            {
                databases.Add(new BenchmarkDatabase("priority"));
                columns.Add((count.ToString("N0", CultureInfo.InvariantCulture), await LoadAsync(databases[^1], count)));
            }

            Console.WriteLine($"Waiting {Settling.TotalSeconds} s: servers gather statistics on what was just stored in the background.");
            await Task.Delay(Settling);
            await WriteAsync(new TurnTable<Loaded>("stored sessions", Rounds, columns));
            await SizeTable.WriteCollectionsAsync(databases[^1].Raw);
        }
        finally
        {
            foreach (var database in databases)
            {
                await database.DisposeAsync();
            }
        }
    }

    private static async Task WriteAsync(TurnTable<Loaded> table)
    {
        table.WriteHead();
        await table.WriteAsync("Initialize, new session", (loaded, _) => loaded.Database.Factory.Create($"{Guid.NewGuid():N}").InitializeAsync(NewAgent()));
        await table.WriteAsync("Initialize, 10 messages", (loaded, _) => loaded.Pick().InitializeAsync(NewAgent()));
        await table.WriteAsync("Append, 1 kB", (loaded, round) => loaded.GetTaken(round).Session.AppendMessageAsync(Message, loaded.GetTaken(round).Agent));
        await table.WriteAsync("Sync, state", (loaded, round) =>
        {
            var (session, agent) = loaded.GetTaken(round);
            agent.State["turn"] = Stopwatch.GetTimestamp();
            return session.SyncAgentAsync(agent);
        });
        await table.WriteAsync("Update metadata", (loaded, round) => loaded.Pick().UpdateMetadataAsync(new Dictionary<string, object?> { ["round"] = round }));
        await table.WriteAsync("Get metadata", (loaded, _) => loaded.Pick().GetMetadataAsync());
        await table.WriteAsync("Add feedback", (loaded, _) => loaded.Pick().AddFeedbackAsync(Feedback));
        await table.WriteAsync("Count", (loaded, _) => loaded.Pick().GetMessageCountAsync(BenchmarkDatabase.AgentId));
        await table.WriteAsync("List the last 20", (loaded, _) => loaded.Pick().ListMessagesAsync(BenchmarkDatabase.AgentId, LastPage));
        await table.WriteAsync("List 50 sessions", (loaded, _) => loaded.Database.Storage.Catalog!.ListSessionsAsync(new SessionQuery()));
        await table.WriteAsync("List 50 by metadata", (loaded, _) => loaded.Database.Storage.Catalog!.ListSessionsAsync(new SessionQuery { Metadata = HighPriority }));
    }

    private static SessionAgent NewAgent() => new(BenchmarkDatabase.AgentId);

    private static async Task<Loaded> LoadAsync(BenchmarkDatabase database, int count)
    {
        var start = Stopwatch.GetTimestamp();
        var sessionIds = await database.AddSessionsAsync(count, MessageCount);
        Console.Error.WriteLine($"{count} sessions with {MessageCount} messages each are stored after {Stopwatch.GetElapsedTime(start).TotalSeconds:F0} s.");

        var taken = new (ISessionManager, SessionAgent)[Math.Min(Rounds, count)];
        for (var i = 0; i < taken.Length; i++)
        {
            taken[i] = (database.Factory.Create(sessionIds[i * (count / taken.Length)]), NewAgent());
            await taken[i].Item1.InitializeAsync(taken[i].Item2);
        }

        return new Loaded(database, sessionIds, taken);
    }

    private sealed record Loaded(BenchmarkDatabase Database, string[] SessionIds, (ISessionManager Session, SessionAgent Agent)[] Taken)
    {
        private readonly Random _random = new(1);

        // Another one each time, so that what was read before is no help.
        public ISessionManager Pick() => Database.Factory.Create(SessionIds[_random.Next(SessionIds.Length)]);

        // Those of which an append or a sync knows where it stands.
        public (ISessionManager Session, SessionAgent Agent) GetTaken(int round) => Taken[round % Taken.Length];
    }
}
