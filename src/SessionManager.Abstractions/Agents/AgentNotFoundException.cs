namespace SessionManager;

/// <summary>
/// Thrown when a write names an agent that the session does not have. Nothing was written.
/// </summary>
public sealed class AgentNotFoundException : SessionException
{
    /// <summary>
    /// Initializes a new instance of the <see cref="AgentNotFoundException"/> class.
    /// </summary>
    /// <param name="sessionId">The id of the session, or the text of its <see cref="SessionKey"/> where it has an owner.</param>
    /// <param name="agentId">The id of the agent.</param>
    /// <exception cref="ArgumentNullException">An id is null.</exception>
    public AgentNotFoundException(string sessionId, string agentId)
        : base($"Agent {agentId} not found in session {GetId(sessionId)}.", sessionId)
    {
        ArgumentNullException.ThrowIfNull(agentId);
        AgentId = agentId;
    }

    /// <summary>
    /// Gets the id of the agent.
    /// </summary>
    public string AgentId { get; }
}
