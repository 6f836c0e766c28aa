namespace SessionManager.Tool.Doctor;

/// <summary>
/// What was seen of the messages on one branch of an agent.
/// </summary>
internal sealed class StoredBranch(int number)
{
    // By what the messages say that they go on from. All say the same, unless something has damaged them.
    private readonly List<(AgentBranch Branch, StoredPositions Positions)> _said = [];

    public int Number => number;

    public StoredPositions Positions { get; } = new();

    /// <summary>
    /// Gets the branch as most of its messages have it, or null where none says it.
    /// </summary>
    public AgentBranch? Said => _said.OrderByDescending(static said => said.Positions.Count).FirstOrDefault().Branch;

    /// <summary>
    /// Notes a message.
    /// </summary>
    /// <param name="position">Its position.</param>
    /// <param name="branch">The branch that it says it is on, or null where it does not.</param>
    public void Add(int position, AgentBranch? branch)
    {
        Positions.Add(position);
        if (branch is null)
        {
            return;
        }

        var index = _said.FindIndex(said => said.Branch.Base.SequenceEqual(branch.Base));
        if (index < 0)
        {
            index = _said.Count;
            _said.Add((branch, new StoredPositions()));
        }

        _said[index].Positions.Add(position);
    }

    /// <summary>
    /// Lists the positions of messages that say something else of what the branch goes on from.
    /// </summary>
    public IEnumerable<int> ListOthers(AgentBranch branch) =>
        _said.Where(said => !said.Branch.Base.SequenceEqual(branch.Base)).SelectMany(static said => said.Positions.List());
}
