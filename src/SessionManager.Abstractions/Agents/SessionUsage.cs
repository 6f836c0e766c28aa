namespace SessionManager;

/// <summary>
/// Represents what a session has cost so far.
/// </summary>
public sealed record SessionUsage
{
    /// <summary>
    /// Gets the cost for each agent and model.
    /// </summary>
    /// <value>Ordered by agent id, then model. Empty when nothing was recorded.</value>
    public required IReadOnlyList<AgentUsage> Agents { get; init; }

    /// <summary>
    /// Gets the sum over all agents and models.
    /// </summary>
    /// <value>Without tool usage.</value>
    public required EventLoopMetrics Total { get; init; }
}
