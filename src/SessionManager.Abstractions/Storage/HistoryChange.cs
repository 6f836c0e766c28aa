using System.ComponentModel;

namespace SessionManager;

/// <summary>
/// Opens a branch of an agent's history and makes it the current one.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Advanced)]
public sealed record HistoryChange
{
    /// <summary>
    /// Gets the history as it was read. Where its latest run, its end or its next branch is another one by now, or that run has ended
    /// since, nothing is changed.
    /// </summary>
    public required StoredHistory Expected { get; init; }

    /// <summary>
    /// Gets the number of oldest messages that the agent's history was read to leave out: <see cref="StoredAgent.RemovedMessageCount"/>.
    /// </summary>
    /// <value>Where it is another one by now, nothing is changed. Null for any.</value>
    public int? ExpectedRemovedCount { get; init; }

    /// <summary>
    /// Gets a value indicating whether the latest run must have passed its time.
    /// </summary>
    public bool OnlyIfExpired { get; init; }

    /// <summary>
    /// Gets what the branch goes on from, oldest first; empty for nothing.
    /// </summary>
    public required IReadOnlyList<BranchSegment> Base { get; init; }

    /// <summary>
    /// Gets the run that takes the place of the latest one.
    /// </summary>
    public required RunRequest Run { get; init; }

    /// <summary>
    /// Gets a value indicating whether that run has ended already.
    /// </summary>
    public bool IsReleased { get; init; }

    /// <summary>
    /// Gets a value indicating whether the state of the conversation manager is emptied, because it is about messages that the branch does not have.
    /// </summary>
    public bool ClearsConversationManagerState { get; init; }

    /// <summary>
    /// Gets a value indicating whether the title that a model has given the session is taken away, because it is about messages that the branch does not have.
    /// </summary>
    public bool ClearsGeneratedTitle { get; init; }
}
