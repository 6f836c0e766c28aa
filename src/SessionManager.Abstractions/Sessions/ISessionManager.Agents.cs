namespace SessionManager;

public partial interface ISessionManager
{
    /// <summary>
    /// Loads what is stored of an agent into it, adding the session and the agent first where they are new.
    /// </summary>
    /// <param name="agent">The agent to load into.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>What was found.</returns>
    /// <remarks>
    /// <para>
    /// For a known agent its messages, state and conversation-manager state are replaced by the stored ones; the
    /// oldest <c>removed_message_count</c> messages are left out. For an agent without stored messages the ones that it
    /// already has are stored, at the positions 0, 1, 2 and so on; when two processes do this at once, the first one's are
    /// kept and both agents end up with them.
    /// </para>
    /// <para>
    /// The messages that are loaded make a history that model providers accept, whatever is stored: see
    /// <see cref="AgentInitialization.Repair"/>.
    /// </para>
    /// </remarks>
    /// <exception cref="ArgumentException">The agent's id, configuration, messages or state cannot be stored. Nothing was written.</exception>
    /// <exception cref="MessageTooLargeException">A message that the agent already has is too large.</exception>
    Task<AgentInitialization> InitializeAsync(ISessionAgent agent, CancellationToken cancellationToken = default);

    /// <summary>
    /// Loads what is stored of an agent into it, within a window, adding the session and the agent first where they are new.
    /// </summary>
    /// <param name="agent">The agent to load into.</param>
    /// <param name="options">How to load.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>What was found.</returns>
    /// <remarks>
    /// As <see cref="InitializeAsync(ISessionAgent, CancellationToken)"/> does, with options. What the reducer of the window
    /// throws reaches the caller; the agent is left as it was then.
    /// </remarks>
    /// <exception cref="ArgumentException">The agent's id, configuration, messages or state cannot be stored, or an option is not valid. Nothing was written.</exception>
    /// <exception cref="MessageTooLargeException">A message that the agent already has is too large.</exception>
    Task<AgentInitialization> InitializeAsync(
        ISessionAgent agent,
        AgentInitializationOptions options,
        CancellationToken cancellationToken = default);

    /// <summary>
    /// Stores what has changed in an agent since the last call: its state, conversation-manager state, model, system
    /// prompt and metrics. Sends nothing when nothing has changed.
    /// </summary>
    /// <param name="agent">The agent to store.</param>
    /// <param name="cancellationToken">Cancels the call. What was not stored then is by the next call.</param>
    /// <returns>A task that ends when the server has acknowledged the changes.</returns>
    /// <remarks>
    /// <para>
    /// Of the state those top-level keys are written that have changed since, so that several session managers of one agent keep each
    /// other's keys. Of one key the last writer's value stays. More than 100 changed keys, and keys that are empty or have a <c>.</c>, <c>$</c>,
    /// <c>%</c> or NUL, replace the stored state whole.
    /// </para>
    /// <para>
    /// Metrics gained since the last turn are stored with the last assistant message that this session manager has
    /// appended for the agent: each message carries what its own turn cost, so that a sum over messages counts nothing
    /// twice. They wait for such a message where there is none yet.
    /// </para>
    /// </remarks>
    /// <exception cref="ArgumentException">The agent's id, configuration or state cannot be stored. Nothing was written.</exception>
    /// <exception cref="SessionNotFoundException">The session does not exist.</exception>
    /// <exception cref="AgentNotFoundException">The session has no such agent.</exception>
    Task SyncAgentAsync(ISessionAgent agent, CancellationToken cancellationToken = default);

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
