using MongoDB.Bson;

namespace SessionManager.Tool.Doctor;

/// <summary>
/// What was seen of the messages of one agent.
/// </summary>
internal sealed class StoredAgentMessages(string sessionId, string agentId)
{
    private readonly SortedDictionary<int, StoredBranch> _branches = [];
    private StoredBranch? _last;

    public string SessionId => sessionId;

    public string AgentId => agentId;

    /// <summary>
    /// Gets whether all of them came from the Python library.
    /// </summary>
    public bool IsMigrated { get; private set; } = true;

    public IReadOnlyCollection<StoredBranch> Branches => _branches.Values;

    /// <summary>
    /// Gets the messages that cannot be read, with the field, or with none where their fields say another place than their key.
    /// </summary>
    public List<(StoredKey Key, string? Field)> Damaged { get; } = [];

    /// <summary>
    /// Counts the messages on branches from one on.
    /// </summary>
    public long CountFrom(int branch) => _branches.Values.Where(seen => seen.Number >= branch).Sum(static seen => (long)seen.Positions.Count);

    public long CountBelow(int branch) => CountFrom(0) - CountFrom(branch);

    /// <summary>
    /// Notes a message, in the order of keys.
    /// </summary>
    /// <param name="message">The message.</param>
    /// <param name="key">What its key says.</param>
    /// <param name="branch">The branch that the message says it is on, or null where it does not.</param>
    public void Add(RawBsonDocument message, StoredKey key, AgentBranch? branch)
    {
        if (_last?.Number != key.Branch)
        {
            _branches[key.Branch] = _last = new StoredBranch(key.Branch);
        }

        _last.Add(key.Position, branch);
        IsMigrated &= message.Contains("python_message_id");
    }

    /// <summary>
    /// Finds a branch: as the agent has it where it is the current one, else as most of its messages have it.
    /// </summary>
    public AgentBranch? FindBranch(int number, StoredHistory? history) =>
        history?.Branch.Number == number ? history.Branch : _branches.GetValueOrDefault(number)?.Said;

    /// <summary>
    /// Finds the positions that no message has: before one that has one, in a part that another branch goes on from, or at the end of
    /// what the agent's history had for certain.
    /// </summary>
    public IReadOnlyList<StoredGap> FindGaps(StoredHistory? history, int firstBranch)
    {
        var gaps = new List<StoredGap>();
        var reached = new Dictionary<int, int>();
        foreach (var seen in _branches.Values)
        {
            if (seen.Number >= firstBranch && FindBranch(seen.Number, history) is { } branch)
            {
                var next = branch.Start;
                foreach (var (from, before) in seen.Positions.Ranges)
                {
                    Add(branch, seen.Number, next, from);
                    next = Math.Max(next, before);
                }

                reached[seen.Number] = next;
                AddParts(branch, branch.Start);
            }
        }

        if (history is not null)
        {
            AddParts(history.Branch, Math.Max(history.Branch.Start, history.End));
        }

        return gaps;

        void AddParts(AgentBranch branch, int end)
        {
            foreach (var (number, from, before) in branch.GetParts(0, end))
            {
                Add(branch, number, Math.Max(from, reached.GetValueOrDefault(number)), before!.Value);
                reached[number] = Math.Max(before.Value, reached.GetValueOrDefault(number));
            }
        }

        void Add(AgentBranch branch, int number, int from, int before)
        {
            if (from < before && number >= firstBranch)
            {
                // The part of a history up to a branch is what that branch goes on from.
                var start = branch.Base.TakeWhile(segment => segment.Branch != number);
                gaps.Add(new StoredGap(FindBranch(number, history) ?? new AgentBranch(AgentId, number, [.. start]), from, before, branch.Number));
            }
        }
    }
}
