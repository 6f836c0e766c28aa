namespace SessionManager.Conformance.Toy;

/// <summary>
/// All that is kept under one session id. What is kept is never given away: callers give and get copies.
/// </summary>
internal sealed class ToySession
{
    // Without its metadata. Null where there are messages only: appending neither asks for the session nor creates it.
    public SessionInfo? Info { get; set; }

    public Dictionary<string, object?> Metadata { get; set; } = [];

    public List<Feedback> Feedbacks { get; } = [];

    public List<StoredAgent> Agents { get; } = [];

    public int FirstBranch { get; set; }

    public int NextBranch { get; set; }

    // Each branch with the messages that stand on itself.
    public SortedDictionary<(string AgentId, int Number), (AgentBranch Branch, List<SessionMessage> Messages)> Branches { get; } = [];

    public DateTimeOffset ExpiresAt { get; set; }
}
