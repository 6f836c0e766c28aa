namespace SessionManager;

/// <summary>
/// Represents what one agent has cost with one model.
/// </summary>
public sealed record AgentUsage
{
    /// <summary>
    /// Gets the id of the agent.
    /// </summary>
    public required string AgentId { get; init; }

    /// <summary>
    /// Gets the id of the model.
    /// </summary>
    /// <value>Null for turns whose model was not known.</value>
    public string? Model { get; init; }

    /// <summary>
    /// Gets the number of turns: of messages that carry metrics.
    /// </summary>
    /// <value>One or more.</value>
    public required int TurnCount { get; init; }

    /// <summary>
    /// Gets the sum over these turns.
    /// </summary>
    /// <value>Without tool usage.</value>
    public required EventLoopMetrics Metrics { get; init; }
}
