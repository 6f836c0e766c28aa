namespace SessionManager.Internal.Sessions;

/// <summary>
/// What a turn has cost.
/// </summary>
/// <param name="Totals">The agent's totals at the time.</param>
/// <param name="Gained">What was gained since the turn before.</param>
internal sealed record TurnMetrics(EventLoopMetrics Totals, EventLoopMetrics Gained);
