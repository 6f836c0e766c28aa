namespace SessionManager;

/// <summary>
/// Describes a branch of an agent's history that has messages of its own.
/// </summary>
public sealed record HistoryBranch
{
    /// <summary>
    /// Gets the branch.
    /// </summary>
    public required AgentBranch Branch { get; init; }

    /// <summary>
    /// Gets the number of messages of its history, those on earlier branches included.
    /// </summary>
    public required int MessageCount { get; init; }

    /// <summary>
    /// Gets a value indicating whether it is the current one, to which the next message goes.
    /// </summary>
    public required bool IsCurrent { get; init; }

    /// <summary>
    /// Gets the time at which its latest message was appended, in UTC with milliseconds.
    /// </summary>
    /// <value>Null for a current branch that has no message of its own yet.</value>
    public DateTimeOffset? LastMessageAt { get; init; }
}
