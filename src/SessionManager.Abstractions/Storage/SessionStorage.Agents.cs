using Microsoft.Extensions.AI;
using SessionManager.Internal.Shared;

namespace SessionManager;

public abstract partial class SessionStorage
{
    /// <summary>
    /// Gets an agent, or adds it with its first messages, and the session where that does not exist either.
    /// </summary>
    /// <param name="sessionId">The id of the session.</param>
    /// <param name="agent">The agent to add. State that is null is stored as an empty object.</param>
    /// <param name="messages">The messages that a new agent starts with.</param>
    /// <param name="applicationName">The application name for a session that this call creates.</param>
    /// <param name="maxMessages">
    /// The number of latest messages to read beside the agent at most, one or more; null for as many as the storage can read without the
    /// risk of reading many in vain.
    /// </param>
    /// <param name="run">
    /// The run to begin, where the agent's latest one has ended or is this one; null for none. Whose run the agent has then is in the result.
    /// </param>
    /// <param name="mustExist">Whether the session must be there: none is created, and nothing written, where it is not.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>What was there before, which is not changed but for its run, and what was added.</returns>
    /// <exception cref="ArgumentException">A message, the application name or the agent cannot be stored. Nothing was written.</exception>
    /// <exception cref="MessageTooLargeException">A message is too large. Nothing was written.</exception>
    /// <exception cref="SessionNotFoundException">The session must exist, and does not.</exception>
    public Task<StoredAgentAddition> GetOrAddAgentAsync(
        string sessionId,
        StoredAgent agent,
        IReadOnlyList<ChatMessage> messages,
        string? applicationName,
        int? maxMessages,
        RunRequest? run,
        bool mustExist,
        CancellationToken cancellationToken = default)
    {
        SessionKey.ThrowIfInvalid(sessionId, nameof(sessionId));
        ArgumentNullException.ThrowIfNull(agent);
        ThrowIfInvalid(agent, nameof(agent));
        ThrowIfInvalid(messages);
        Identifier.ThrowIfIllFormed(applicationName, nameof(applicationName));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxMessages ?? 1, nameof(maxMessages));

        ThrowIfInvalid(run, nameof(run));

        return GetOrAddAgentCoreAsync(sessionId, agent, messages, applicationName, maxMessages, run, mustExist, cancellationToken);
    }

    /// <inheritdoc cref="GetOrAddAgentAsync"/>
    /// <remarks>
    /// <para>The arguments have been checked, except for the values of the prompt metadata, which are as those of metadata.</para>
    /// <para>
    /// The first branch of a new session gets a number that no earlier session of this id has used: the seconds since 2020, and above whatever
    /// is left of it. An agent that is added to a session gets the next free number. The agent's messages are stored after the agent is.
    /// </para>
    /// </remarks>
    protected abstract Task<StoredAgentAddition> GetOrAddAgentCoreAsync(
        string sessionId,
        StoredAgent agent,
        IReadOnlyList<ChatMessage> messages,
        string? applicationName,
        int? maxMessages,
        RunRequest? run,
        bool mustExist,
        CancellationToken cancellationToken);

    /// <summary>
    /// Gets an agent.
    /// </summary>
    /// <param name="sessionId">The id of the session.</param>
    /// <param name="agentId">The id of the agent.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The agent, or null when the session or the agent does not exist.</returns>
    public Task<StoredAgent?> GetAgentAsync(string sessionId, string agentId, CancellationToken cancellationToken = default)
    {
        SessionKey.ThrowIfInvalid(sessionId, nameof(sessionId));
        Identifier.ThrowIfInvalid(agentId, nameof(agentId));

        return GetAgentCoreAsync(sessionId, agentId, cancellationToken);
    }

    /// <inheritdoc cref="GetAgentAsync"/>
    /// <remarks>The arguments have been checked.</remarks>
    protected abstract Task<StoredAgent?> GetAgentCoreAsync(string sessionId, string agentId, CancellationToken cancellationToken);

    /// <summary>
    /// Replaces those fields of an agent that are not null in the update, and marks agent and session as updated.
    /// </summary>
    /// <param name="sessionId">The id of the session.</param>
    /// <param name="update">The agent's id and new values.</param>
    /// <param name="fence">What the update depends on, and what becomes of its run; null for nothing.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>False where the agent does not match the fence. Nothing was written then.</returns>
    /// <exception cref="ArgumentException">A new value cannot be stored. Nothing was written.</exception>
    /// <exception cref="SessionNotFoundException">The session does not exist.</exception>
    /// <exception cref="AgentNotFoundException">The session has no such agent.</exception>
    public Task<bool> UpdateAgentAsync(string sessionId, StoredAgent update, HistoryFence? fence, CancellationToken cancellationToken = default)
    {
        SessionKey.ThrowIfInvalid(sessionId, nameof(sessionId));
        ArgumentNullException.ThrowIfNull(update);
        ThrowIfInvalid(update, nameof(update));

        return UpdateAgentCoreAsync(sessionId, update, fence, cancellationToken);
    }

    /// <inheritdoc cref="UpdateAgentAsync"/>
    /// <remarks>The arguments have been checked, except for the values of the prompt metadata, which are as those of metadata.</remarks>
    protected abstract Task<bool> UpdateAgentCoreAsync(string sessionId, StoredAgent update, HistoryFence? fence, CancellationToken cancellationToken);

    /// <summary>
    /// Gets the configuration of an agent.
    /// </summary>
    /// <param name="sessionId">The id of the session.</param>
    /// <param name="agentId">The id of the agent.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The configuration, or null when the session or the agent does not exist.</returns>
    public Task<AgentConfig?> GetAgentConfigAsync(string sessionId, string agentId, CancellationToken cancellationToken = default)
    {
        SessionKey.ThrowIfInvalid(sessionId, nameof(sessionId));
        Identifier.ThrowIfInvalid(agentId, nameof(agentId));

        return GetAgentConfigCoreAsync(sessionId, agentId, cancellationToken);
    }

    /// <inheritdoc cref="GetAgentConfigAsync"/>
    /// <remarks>The arguments have been checked.</remarks>
    protected abstract Task<AgentConfig?> GetAgentConfigCoreAsync(string sessionId, string agentId, CancellationToken cancellationToken);

    /// <summary>
    /// Lists the configurations of a session's agents in the order in which they were added.
    /// </summary>
    /// <param name="sessionId">The id of the session.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>One entry for each agent; empty when the session does not exist.</returns>
    public Task<IReadOnlyList<AgentConfig>> ListAgentsAsync(string sessionId, CancellationToken cancellationToken = default)
    {
        SessionKey.ThrowIfInvalid(sessionId, nameof(sessionId));

        return ListAgentsCoreAsync(sessionId, cancellationToken);
    }

    /// <inheritdoc cref="ListAgentsAsync"/>
    /// <remarks>The arguments have been checked.</remarks>
    protected abstract Task<IReadOnlyList<AgentConfig>> ListAgentsCoreAsync(string sessionId, CancellationToken cancellationToken);

    /// <summary>
    /// Sums up what a session has cost.
    /// </summary>
    /// <param name="sessionId">The id of the session.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The sums; empty when the session does not exist.</returns>
    public Task<SessionUsage> GetUsageAsync(string sessionId, CancellationToken cancellationToken = default)
    {
        SessionKey.ThrowIfInvalid(sessionId, nameof(sessionId));

        return GetUsageCoreAsync(sessionId, cancellationToken);
    }

    /// <inheritdoc cref="GetUsageAsync"/>
    /// <remarks>The arguments have been checked.</remarks>
    protected abstract Task<SessionUsage> GetUsageCoreAsync(string sessionId, CancellationToken cancellationToken);

    private static void ThrowIfInvalid(StoredAgent agent, string paramName)
    {
        Identifier.ThrowIfInvalid(agent.AgentId, $"{paramName}.{nameof(agent.AgentId)}");
        Identifier.ThrowIfIllFormed(agent.Model, $"{paramName}.{nameof(agent.Model)}");
        Identifier.ThrowIfIllFormed(agent.SystemPrompt, $"{paramName}.{nameof(agent.SystemPrompt)}");
        if (agent.ChangedStateKeys?.Any(static key => key is null) == true)
        {
            throw new ArgumentException("A key is null.", $"{paramName}.{nameof(agent.ChangedStateKeys)}");
        }
    }
}
