using MongoDB.Driver;
using SessionManager.Chaos.Workers;

namespace SessionManager.Chaos.Judging;

/// <summary>
/// Compares what was acknowledged with what is stored.
/// </summary>
internal sealed class Judge(IMongoDatabase database, WorkerReports reports)
{
    // The driver keeps the buffers of large replies for the next ones, and several tasks load the whole history that all share, which
    // grows with the run. What grows without that is for the soak to find.
    private const long MaxHeapBytes = 256 * 1024 * 1024;

    private readonly List<string> _violations = [.. reports.Violations];

    public IReadOnlyList<string> Violations => _violations;

    public int StoredCount { get; private set; }

    /// <summary>
    /// Gets how many acknowledged messages must be stored: all but those of sessions that may have expired.
    /// </summary>
    public int RequiredCount { get; private set; }

    /// <summary>
    /// Judges both collections.
    /// </summary>
    /// <param name="lastSweep">When expired documents were deleted for the last time, by the fast clock.</param>
    public async Task JudgeAsync(DateTimeOffset lastSweep)
    {
        await JudgeAsync(WorkerSettings.PlainCollection, reports.Messages.Where(message => !WorkerSettings.HasLifetime(message.Session)), _ => true);

        var aliveSince = reports.Writes
            .Where(write => WorkerSettings.HasLifetime(write.Session))
            .GroupBy(write => write.Session)
            .ToDictionary(writes => writes.Key, writes => FindLifeStart([.. writes.OrderBy(write => write.Start)], lastSweep.UtcTicks));
        var required = reports.Messages.Where(message => WorkerSettings.HasLifetime(message.Session) && message.Start >= aliveSince.GetValueOrDefault(message.Session, long.MaxValue));
        var sessions = await StoredMessages.ReadSessionsAsync(database, WorkerSettings.BriefCollection);

        // What an expired session has left is deleted bit by bit, or by the next session of its id, which never reads below its first branch.
        await JudgeAsync(
            WorkerSettings.BriefCollection, required, message => sessions.TryGetValue(message.Session, out var first) && message.Branch >= first);
        foreach (var (worker, heap) in reports.Heaps)
        {
            if (heap > MaxHeapBytes)
            {
                _violations.Add($"{worker} ended with a heap of {heap:N0} bytes.");
            }
        }
    }

    // Each write keeps the session for a lifetime: the last one must reach to the end, and each one to the next.
    private static long FindLifeStart(List<AcknowledgedWrite> writes, long end)
    {
        var lifetime = WorkerSettings.Lifetime.Ticks;
        var start = long.MaxValue;
        for (var i = writes.Count - 1; i >= 0 && writes[i].Start + lifetime >= end; i--)
        {
            start = writes[i].Start;
            end = writes[i].End;
        }

        return start;
    }

    private async Task JudgeAsync(string collection, IEnumerable<AcknowledgedMessage> required, Func<StoredMessage, bool> isAlive)
    {
        var stored = (await StoredMessages.ReadAsync(database, collection)).Where(isAlive).ToList();
        StoredCount += stored.Count;
        var byId = stored.GroupBy(message => message.Id).ToDictionary(messages => messages.Key, messages => messages.ToArray());
        _violations.AddRange(byId.Values
            .Where(messages => messages.Length > 1)
            .Select(messages => $"Stored {messages.Length} times: {string.Join(", ", messages.Select(message => message.ToString()))}."));
        foreach (var message in required)
        {
            RequiredCount++;
            if (!byId.TryGetValue(message.Id, out var found))
            {
                _violations.Add($"Lost: {message}.");
            }
            else if (found[0].Session != message.Session || found[0].Agent != message.Agent || (message.Position ?? found[0].Position) != found[0].Position)
            {
                _violations.Add($"Stored elsewhere: {message} is {found[0]}.");
            }
        }

        // Where a process has died or stood still, another one has gone on, on a branch of its own.
        foreach (var branch in stored.GroupBy(message => (message.Session, message.Agent, message.Branch)))
        {
            var positions = branch.Select(message => message.Position).Order().ToArray();
            var expected = Enumerable.Range(branch.First().BranchStart, positions.Length);
            if (!positions.SequenceEqual(expected))
            {
                var (stands, should) = positions.Zip(expected).First(pair => pair.First != pair.Second);
                _violations.Add($"Positions of {branch.Key.Agent} in {branch.Key.Session}, branch {branch.Key.Branch}: {stands} stands where {should} should; {positions.Length} messages, the last at {positions[^1]}.");
            }
        }
    }
}
