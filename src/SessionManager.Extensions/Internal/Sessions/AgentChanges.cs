namespace SessionManager.Internal.Sessions;

/// <summary>
/// What a sync has to store of an agent.
/// </summary>
/// <param name="Agent">The fields that differ from what is stored; null where they do not.</param>
/// <param name="Metrics">The agent's totals at the time of the sync.</param>
/// <param name="TurnPosition">The position of the message that the turn's metrics belong to.</param>
/// <param name="TurnMetrics">What the turn has cost so far, or null when that has not changed.</param>
internal sealed record AgentChanges(StoredAgent Agent, EventLoopMetrics Metrics, int TurnPosition, EventLoopMetrics? TurnMetrics);
