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
    /// Gets the history of <see cref="ExistingAgent"/>, oldest first, without the oldest <c>removed_message_count</c>
    /// messages.
    /// </summary>
    /// <value>Never null; empty when <see cref="ExistingAgent"/> is null.</value>
    public IReadOnlyList<SessionMessage> Messages { get; init; } = [];
}
