using System.ComponentModel;

namespace SessionManager;

/// <summary>
/// Represents what a <see cref="SessionStorage"/> has of an agent's history besides its messages.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Advanced)]
public sealed record StoredHistory
{
    /// <summary>
    /// Gets the current branch.
    /// </summary>
    public required AgentBranch Branch { get; init; }

    /// <summary>
    /// Gets the number of messages that the history had for certain when its last run ended or its branch was opened.
    /// </summary>
    /// <value>A read that finds fewer of them was too early.</value>
    public int End { get; init; }

    /// <summary>
    /// Gets the latest run.
    /// </summary>
    /// <value>Null when there was none.</value>
    public StoredRun? Run { get; init; }

    /// <summary>
    /// Gets what identifies the latest redaction that the agent knows of.
    /// </summary>
    /// <value>Null when there was none.</value>
    public string? Redaction { get; init; }

    /// <summary>
    /// Gets a value indicating whether the session has a title, whoever gave it.
    /// </summary>
    public bool HasTitle { get; init; }

    /// <summary>
    /// Gets the number that the session's next branch gets.
    /// </summary>
    public required int NextBranch { get; init; }

    /// <summary>
    /// Gets the lowest branch number of the session: what stands below is left from a deleted session of the same id.
    /// </summary>
    public required int FirstBranch { get; init; }
}
