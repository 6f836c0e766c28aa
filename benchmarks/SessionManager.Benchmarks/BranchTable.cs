using System.Globalization;
using Microsoft.Extensions.AI;

namespace SessionManager.Benchmarks;

/// <summary>
/// Writes what histories that were changed cost: loads after few and many edits, and the changes themselves in short and long sessions.
/// </summary>
internal static class BranchTable
{
    private const int Rounds = 200;
    private const int Turns = 1_000;

    private static readonly int[] EditCounts = [0, 10, 1_000];
    private static readonly int[] MessageCounts = [10, 50_000];
    private static readonly AgentInitializationOptions LastMessages = new() { Window = new HistoryWindow { MaxMessages = 20 } };
    private static readonly AgentInitializationOptions WholeHistory = new();
    private static readonly MessageQuery FirstPage = new() { Limit = 20 };

    public static async Task WriteAsync()
    {
        await using var database = new BenchmarkDatabase();
        await WriteAsync(database, "edits of the last turn", RepeatAsync);
        await WriteAsync(database, "turns edited once", EditEachAsync);
        await WriteChangesAsync(database);
    }

    private static async Task WriteAsync(BenchmarkDatabase database, string caption, Func<BenchmarkDatabase, int, Task<ISessionManager>> createAsync)
    {
        var columns = new List<(string, ISessionManager)>();
        foreach (var count in EditCounts)
        {
            columns.Add((ToText(count), await createAsync(database, count)));
        }

        var table = new TurnTable<ISessionManager>(caption, Rounds, columns);
        table.WriteHead();
        await table.WriteAsync("Initialize, 2,000", (session, _) => LoadAsync(database, session, WholeHistory));
        await table.WriteAsync("Initialize, last 20", (session, _) => LoadAsync(database, session, LastMessages));
        await table.WriteAsync("List the first 20", (session, _) => session.ListMessagesAsync(BenchmarkDatabase.AgentId, FirstPage));
        await table.WriteAsync("Count", (session, _) => session.GetMessageCountAsync(BenchmarkDatabase.AgentId));
    }

    private static async Task WriteChangesAsync(BenchmarkDatabase database)
    {
        var columns = new List<(string, Changed)>();
        foreach (var count in MessageCounts)
        {
            var (session, _) = await database.AddSessionAsync(count);
            var branches = await session.ListBranchesAsync(BenchmarkDatabase.AgentId);
            columns.Add((ToText(count), new Changed(session, branches[0].Branch.Number, count)));
        }

        // Each change is followed by a way back, which is one as well.
        var table = new TurnTable<Changed>("stored messages", Rounds, columns);
        table.WriteHead();
        await table.WriteAsync("Rewind, and back", static async (stored, _) =>
        {
            await stored.Session.RewindAsync(BenchmarkDatabase.AgentId, stored.Count - 4);
            await stored.SwitchBackAsync();
        });
        await table.WriteAsync("Undo, and back", static async (stored, _) =>
        {
            await stored.Session.UndoLastTurnAsync(BenchmarkDatabase.AgentId);
            await stored.SwitchBackAsync();
        });
        await table.WriteAsync("Clear, and back", static async (stored, _) =>
        {
            await stored.Session.ClearAsync(BenchmarkDatabase.AgentId);
            await stored.SwitchBackAsync();
        });
    }

    private static Task<AgentInitialization> LoadAsync(BenchmarkDatabase database, ISessionManager session, AgentInitializationOptions options) =>
        database.Factory.Create(session.SessionId).InitializeAsync(new SessionAgent(BenchmarkDatabase.AgentId), options);

    /// <summary>
    /// Stores a session whose last turn is edited over and over.
    /// </summary>
    private static async Task<ISessionManager> RepeatAsync(BenchmarkDatabase database, int edits)
    {
        var (session, _) = await database.AddSessionAsync(2 * Turns);
        for (var i = 0; i < edits; i++)
        {
            await session.RewindAsync(BenchmarkDatabase.AgentId, 2 * (Turns - 1));
            await AppendTurnsAsync(database, session, count: 1);
        }

        return session;
    }

    /// <summary>
    /// Stores a session whose latest turns were each edited once before the next one.
    /// </summary>
    private static async Task<ISessionManager> EditEachAsync(BenchmarkDatabase database, int edits)
    {
        var (session, _) = await database.AddSessionAsync();
        await AppendTurnsAsync(database, session, Turns - edits);
        for (var turn = Turns - edits; turn < Turns; turn++)
        {
            await AppendTurnsAsync(database, session, count: 1);
            await session.RewindAsync(BenchmarkDatabase.AgentId, 2 * turn);
            await AppendTurnsAsync(database, session, count: 1);
        }

        return session;
    }

    private static async Task AppendTurnsAsync(BenchmarkDatabase database, ISessionManager session, int count)
    {
        var agent = new SessionAgent(BenchmarkDatabase.AgentId);
        session = database.Factory.Create(session.SessionId);
        await session.InitializeAsync(agent, LastMessages);
        await session.AppendMessagesAsync(
            [.. Enumerable.Range(0, 2 * count).Select(static i => new ChatMessage(i % 2 == 0 ? ChatRole.User : ChatRole.Assistant, BenchmarkDatabase.Text))],
            agent);
    }

    private static string ToText(int count) => count.ToString("N0", CultureInfo.InvariantCulture);

    private sealed record Changed(ISessionManager Session, int Branch, int Count)
    {
        public Task<AgentBranch> SwitchBackAsync() => Session.SwitchBranchAsync(BenchmarkDatabase.AgentId, Branch);
    }
}
