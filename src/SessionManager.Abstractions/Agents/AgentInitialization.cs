namespace SessionManager;

/// <summary>
/// Tells what <see cref="ISessionManager.InitializeAsync(ISessionAgent, CancellationToken)"/> found for an agent.
/// </summary>
public sealed record AgentInitialization
{
    /// <summary>
    /// Gets a value indicating whether this call added the agent to the session.
    /// </summary>
    /// <value>When several processes do so at the same moment, it is true for one of them.</value>
    public required bool IsNewAgent { get; init; }

    /// <summary>
    /// Gets the number of stored messages that were put into <see cref="ISessionAgent.Messages"/>.
    /// </summary>
    /// <value>Zero where the agent's own messages are what was stored.</value>
    public required int RestoredMessageCount { get; init; }

    /// <summary>
    /// Gets what had to be changed in the loaded history so that model providers accept it.
    /// </summary>
    /// <value>Never null; <see cref="HistoryRepair.None"/> when nothing was wrong.</value>
    public HistoryRepair Repair { get; init; } = HistoryRepair.None;
}
