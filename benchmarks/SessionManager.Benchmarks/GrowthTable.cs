using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.AI;

namespace SessionManager.Benchmarks;

/// <summary>
/// Writes what an operation costs in sessions with few and with many messages.
/// </summary>
internal static class GrowthTable
{
    private const int Rounds = 400;

    private static readonly int[] MessageCounts = [10, 1_000, 10_000, 50_000];
    private static readonly MessageQuery LastPage = new() { NewestFirst = true, Limit = 20 };
    private static readonly AgentInitializationOptions LastMessages = new() { Window = new HistoryWindow { MaxMessages = 20 } };
    private static readonly ChatMessage Message = new(ChatRole.Assistant, BenchmarkDatabase.Text);
    private static readonly UsageDetails Usage = new() { InputTokenCount = 100, OutputTokenCount = 50 };
    private static readonly Feedback Feedback = new() { Rating = FeedbackRating.Up, Comment = "Quick, and to the point." };

    public static async Task WriteAsync()
    {
        await using var database = new BenchmarkDatabase();
        var columns = new List<(string, Stored[])>();
        foreach (var count in MessageCounts)
        {
            columns.Add((ToText(count), await AddAsync(database, count)));
        }

        var table = new TurnTable<Stored[]>("stored messages", Rounds, columns);
        table.WriteHead();

        // Reads first: of a document that was written over and over, some engines keep the versions for a while.
        await table.WriteAsync("Get metadata", (stored, _) => stored[0].Session.GetMetadataAsync());
        await table.WriteAsync("Count", (stored, _) => stored[0].Session.GetMessageCountAsync(BenchmarkDatabase.AgentId));
        await table.WriteAsync("List the last 20", (stored, _) => stored[0].Session.ListMessagesAsync(BenchmarkDatabase.AgentId, LastPage));
        await table.WriteAsync("Initialize, last 20", (stored, _) => database.Factory.Create(stored[0].Session.SessionId).InitializeAsync(new SessionAgent(BenchmarkDatabase.AgentId), LastMessages));
        await table.WriteAsync("Get usage", (stored, _) => stored[0].Session.GetUsageAsync());

        // Small sessions take turns, or appending would make them large.
        await table.WriteAsync("Append, 1 kB", (stored, round) => stored[round % stored.Length].AppendAsync());
        await table.WriteAsync("Sync, state and metrics", (stored, _) => stored[0].SyncAsync());
        await table.WriteAsync("Update metadata", (stored, round) => stored[0].UpdateMetadataAsync(round));
        await table.WriteAsync("Add feedback", (stored, _) => stored[0].Session.AddFeedbackAsync(Feedback));
    }

    private static async Task<Stored[]> AddAsync(BenchmarkDatabase database, int messageCount)
    {
        var sessions = new Stored[Math.Max(1, 1_000 / messageCount)];
        for (var i = 0; i < sessions.Length; i++)
        {
            var (session, agent) = await database.AddSessionAsync(messageCount);
            sessions[i] = new Stored(session, agent);

            // The first turn in a window moves it; from then on, the session tells where it begins.
            var first = database.Factory.Create(session.SessionId);
            var copy = new SessionAgent(BenchmarkDatabase.AgentId);
            await first.InitializeAsync(copy, LastMessages);
            await first.SyncAgentAsync(copy);
        }

        return sessions;
    }

    private static string ToText(int count) => count.ToString("N0", CultureInfo.InvariantCulture);

    private sealed record Stored(ISessionManager Session, SessionAgent Agent)
    {
        public Task<int> AppendAsync() => Session.AppendMessageAsync(Message, Agent);

        public Task SyncAsync()
        {
            Agent.State["turn"] = Stopwatch.GetTimestamp();
            Agent.Metrics.AddModelCall(Usage, TimeSpan.FromMilliseconds(800));
            return Session.SyncAgentAsync(Agent);
        }

        public Task UpdateMetadataAsync(int round) => Session.UpdateMetadataAsync(new Dictionary<string, object?> { ["priority"] = "high", ["round"] = round });
    }
}
