using System.ComponentModel;

namespace SessionManager;

/// <summary>
/// Says what an update of an agent depends on, and what becomes of the run that makes it.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Advanced)]
public sealed record HistoryFence
{
    /// <summary>
    /// Gets the run that must be the agent's latest one.
    /// </summary>
    /// <value>Its token, or null for an update without a run.</value>
    public string? RunToken { get; init; }

    /// <summary>
    /// Gets the number of the branch that must be the current one.
    /// </summary>
    /// <value>Null for any.</value>
    public int? Branch { get; init; }

    /// <summary>
    /// Gets the number of messages that the history has when the run ends in order.
    /// </summary>
    /// <value>Null for a run that goes on, or ends without knowing.</value>
    public int? ReleasedEnd { get; init; }

    /// <summary>
    /// Gets a value indicating whether the run ends without knowing what it has stored, so that the next one must take over.
    /// </summary>
    public bool Abandons { get; init; }
}
