using MongoDB.Bson;

namespace SessionManager.Internal.Storage.InMemory;

/// <summary>
/// All that is kept under one session id. Only an operation that has entered the storage uses it.
/// </summary>
internal sealed class InMemorySession
{
    private static readonly Comparer<int> NewestFirst = Comparer<int>.Create(static (a, b) => b.CompareTo(a));

    private readonly Dictionary<string, SortedList<int, List<InMemoryMessage>>> _agents = new(StringComparer.Ordinal);

    /// <summary>
    /// Gets or sets the session document, of the same shape as in the database.
    /// </summary>
    /// <value>Null where there are messages only: appending does not check for the session, nor create it.</value>
    public BsonDocument? Document { get; set; }

    /// <summary>
    /// Gets or sets the metadata, as a read returns it. That of the document is empty.
    /// </summary>
    public Dictionary<string, object?> Metadata { get; set; } = new(StringComparer.Ordinal);

    /// <summary>
    /// Gets or sets the metadata as a file had it, for the types that a read does not tell. What has changed since counts by <see cref="Metadata"/>.
    /// </summary>
    public BsonDocument ImportedMetadata { get; set; } = [];

    /// <summary>
    /// Gets the feedback, in the order in which it was added.
    /// </summary>
    public List<InMemoryFeedback> Feedbacks { get; } = [];

    /// <summary>
    /// Gets or sets the time from which on the session is no longer there.
    /// </summary>
    public DateTimeOffset ExpiresAt { get; set; } = DateTimeOffset.MaxValue;

    /// <summary>
    /// Gets the owner of the session.
    /// </summary>
    public SessionOwner Owner { get; init; } = SessionOwner.None;

    /// <summary>
    /// Gets or sets the key under which the session is there that was here.
    /// </summary>
    /// <value>Null where none was assigned to another owner.</value>
    public string? AssignedTo { get; set; }

    /// <summary>
    /// Gets or sets why the session is held.
    /// </summary>
    /// <value>Null where it is not held itself: its owner may be.</value>
    public string? HoldReason { get; set; }

    /// <summary>
    /// Gets or sets the number below which branches belong to deleted sessions of this id.
    /// </summary>
    /// <value>Zero where none was deleted.</value>
    public int DeletedBefore { get; set; }

    /// <summary>
    /// Gets or sets the time at which what is left of a deleted session goes.
    /// </summary>
    /// <value>Null where none was deleted.</value>
    public DateTimeOffset? SweepAt { get; set; }

    /// <summary>
    /// Gets all messages of the session, those of all branches.
    /// </summary>
    public IEnumerable<InMemoryMessage> Messages => _agents.Values.SelectMany(static branches => branches.Values).SelectMany(static messages => messages);

    /// <summary>
    /// Gets the branches of an agent that have messages of their own, newest first, each with these.
    /// </summary>
    public IEnumerable<List<InMemoryMessage>> GetBranches(string agentId) =>
        (_agents.GetValueOrDefault(agentId)?.Values ?? []).Where(static messages => messages.Count > 0);

    /// <summary>
    /// Gets the messages of a history, where the index of each is its position.
    /// </summary>
    public IReadOnlyList<InMemoryMessage> GetHistory(AgentBranch branch)
    {
        if (branch.Base.Count == 0)
        {
            return FindMessages(branch.AgentId, branch.Number) ?? [];
        }

        List<InMemoryMessage> history = [];
        foreach (var (number, from, before) in branch.GetParts(0, null))
        {
            history.AddRange((FindMessages(branch.AgentId, number) ?? []).Where(message => message.Position >= from && (before is null || message.Position < before)));
        }

        return history;
    }

    /// <summary>
    /// Gets the number of messages of a history.
    /// </summary>
    public int GetCount(AgentBranch branch) => branch.Start + (FindMessages(branch.AgentId, branch.Number)?.Count ?? 0);

    /// <summary>
    /// Finds a message of a history.
    /// </summary>
    public InMemoryMessage? FindMessage(AgentBranch branch, int position) =>
        FindMessages(branch.AgentId, branch.GetBranchAt(position)) is { } messages && FindIndex(messages, position) is >= 0 and var index ? messages[index] : null;

    /// <summary>
    /// Puts a changed message in the place of what it was.
    /// </summary>
    public void Replace(InMemoryMessage message)
    {
        var messages = FindMessages(message.AgentId, message.Branch.Number)!;
        messages[FindIndex(messages, message.Position)] = message;
    }

    /// <summary>
    /// Gets the messages of a branch itself to add to.
    /// </summary>
    public List<InMemoryMessage> GetMessages(AgentBranch branch)
    {
        if (!_agents.TryGetValue(branch.AgentId, out var branches))
        {
            _agents[branch.AgentId] = branches = new(NewestFirst);
        }

        if (!branches.TryGetValue(branch.Number, out var messages))
        {
            branches[branch.Number] = messages = [];
        }

        return messages;
    }

    /// <summary>
    /// Removes all messages of the branches below a number.
    /// </summary>
    public void RemoveMessagesBefore(int branch)
    {
        foreach (var branches in _agents.Values)
        {
            foreach (var number in branches.Keys.Where(number => number < branch).ToList())
            {
                branches.Remove(number);
            }
        }
    }

    /// <summary>
    /// Removes the messages that stand on a branch itself.
    /// </summary>
    public void RemoveMessages(AgentBranch branch) => _agents.GetValueOrDefault(branch.AgentId)?.Remove(branch.Number);

    private List<InMemoryMessage>? FindMessages(string agentId, int branch) => _agents.GetValueOrDefault(agentId)?.GetValueOrDefault(branch);

    // Positions of a branch have no gaps.
    private static int FindIndex(List<InMemoryMessage> messages, int position) =>
        messages.Count > 0 && position - messages[0].Position is >= 0 and var index && index < messages.Count ? index : -1;
}
