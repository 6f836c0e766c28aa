using SessionManager.Internal.Shared;

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

    /// <summary>
    /// Sums up what turns have cost, for storages.
    /// </summary>
    /// <param name="turns">The turns, one by one or as the database has summed them, in any order.</param>
    /// <returns>One entry for each agent and model, in order, and the sum over all.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="turns"/> is null.</exception>
    public static SessionUsage Sum(IEnumerable<AgentUsage> turns)
    {
        ArgumentNullException.ThrowIfNull(turns);
        AgentUsage[] agents =
        [
            .. turns
                .GroupBy(static turn => (turn.AgentId, turn.Model))
                .OrderBy(static agent => agent.Key.AgentId, StringComparer.Ordinal)
                .ThenBy(static agent => agent.Key.Model, StringComparer.Ordinal)
                .Select(static agent => new AgentUsage
                {
                    AgentId = agent.Key.AgentId,
                    Model = agent.Key.Model,
                    TurnCount = agent.Sum(static turn => turn.TurnCount),
                    Metrics = SumMetrics(agent) with { Model = agent.Key.Model },
                }),
        ];
        return new SessionUsage { Agents = agents, Total = SumMetrics(agents) };
    }

    private static EventLoopMetrics SumMetrics(IEnumerable<AgentUsage> turns) =>
        turns.Aggregate(new EventLoopMetrics(), static (sum, turn) => UsageCounter.Combine(sum, turn.Metrics, static (value, added) => value + added));
}
