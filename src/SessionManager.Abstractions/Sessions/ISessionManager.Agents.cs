namespace SessionManager;

public partial interface ISessionManager
{
    /// <summary>
    /// Gets the stored configuration of an agent.
    /// </summary>
    /// <param name="agentId">The id of the agent.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The configuration, or null when the session or the agent does not exist.</returns>
    /// <exception cref="ArgumentException"><paramref name="agentId"/> is not valid.</exception>
    Task<AgentConfig?> GetAgentConfigAsync(string agentId, CancellationToken cancellationToken = default);

    /// <summary>
    /// Lists the configurations of the session's agents.
    /// </summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>One entry for each agent, in the order in which they were added; empty when the session does not exist.</returns>
    Task<IReadOnlyList<AgentConfig>> ListAgentsAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Changes the stored configuration of an agent. It stays until the live agent's own configuration changes.
    /// </summary>
    /// <param name="agentId">The id of the agent.</param>
    /// <param name="model">The id of the model, or null to leave it as it is.</param>
    /// <param name="systemPrompt">The system prompt, or null to leave it as it is.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>A task that ends when the server has acknowledged the update. Nothing is sent when both are null.</returns>
    /// <exception cref="ArgumentException"><paramref name="agentId"/> is not valid.</exception>
    /// <exception cref="SessionNotFoundException">The session does not exist.</exception>
    /// <exception cref="AgentNotFoundException">The session has no such agent.</exception>
    Task UpdateAgentConfigAsync(
        string agentId,
        string? model = null,
        string? systemPrompt = null,
        CancellationToken cancellationToken = default);

    /// <summary>
    /// Replaces what is known about the origin of an agent's prompt, such as <c>prompt_id</c>, <c>prompt_version</c> or
    /// <c>temperature</c>.
    /// </summary>
    /// <param name="agentId">The id of the agent.</param>
    /// <param name="promptMetadata">The new values, of the kinds that metadata can hold.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>A task that ends when the server has acknowledged the update.</returns>
    /// <exception cref="ArgumentException"><paramref name="agentId"/> is not valid, or a value cannot be stored.</exception>
    /// <exception cref="SessionNotFoundException">The session does not exist.</exception>
    /// <exception cref="AgentNotFoundException">The session has no such agent.</exception>
    Task SetPromptMetadataAsync(
        string agentId,
        IReadOnlyDictionary<string, object?> promptMetadata,
        CancellationToken cancellationToken = default);

    /// <summary>
    /// Sums up what the session has cost: tokens and times by agent and model. Each turn counts once.
    /// </summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The sums; empty when the session does not exist.</returns>
    /// <remarks>Reads the metrics of all messages of the session, so that its cost grows with their number.</remarks>
    Task<SessionUsage> GetUsageAsync(CancellationToken cancellationToken = default);
}
