using System.ComponentModel;

namespace SessionManager;

/// <summary>
/// Tells what <see cref="SessionStorage.GetOrAddAgentAsync"/> found and did.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Advanced)]
public sealed record StoredAgentAddition
{
    /// <summary>
    /// Gets the agent that was there before.
    /// </summary>
    /// <value>Null when the call added the agent.</value>
    public required StoredAgent? ExistingAgent { get; init; }

    /// <summary>
    /// Gets a value indicating whether the agent's history is what the call was given.
    /// </summary>
    /// <value>False when the agent was there, or when another writer's message got in between.</value>
    public required bool HasGivenMessages { get; init; }

    /// <summary>
    /// Gets what is stored of the agent's history besides its messages: of the agent that was there, or of the one that was added.
    /// </summary>
    public required StoredHistory History { get; init; }

    /// <summary>
    /// Gets the latest messages of the history of <see cref="ExistingAgent"/>, oldest first: those that were read beside it.
    /// </summary>
    /// <value>
    /// Never null; empty when <see cref="ExistingAgent"/> is null. They may end before <see cref="StoredHistory.End"/>, where a run has ended
    /// between both reads, and have no gap. The caller reads what is missing.
    /// </value>
    public IReadOnlyList<SessionMessage> Messages { get; init; } = [];
}
