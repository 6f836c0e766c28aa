using Microsoft.Extensions.AI;

namespace SessionManager;

/// <summary>
/// Stores sessions: the low-level operations that session managers are built on.
/// </summary>
/// <remarks>
/// <para>
/// Thread-safe. Every operation is atomic and takes effect completely or not at all, except that
/// <see cref="GetOrAddAgentAsync"/> adds the agent and its messages side by side. Operations keep nothing between calls.
/// </para>
/// <para>
/// Session ids and agent ids are not blank, at most 255 bytes in UTF-8 and without NUL; anything else is an
/// <see cref="ArgumentException"/> before any I/O. Errors of the server are passed on as they are.
/// </para>
/// </remarks>
public partial interface ISessionRepository
{
    /// <summary>
    /// Gets a session.
    /// </summary>
    /// <param name="sessionId">The id of the session.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The session, or null when it does not exist.</returns>
    Task<SessionInfo?> GetSessionAsync(string sessionId, CancellationToken cancellationToken = default);

    /// <summary>
    /// Gets an agent, or adds it with its first messages, and the session where that does not exist either.
    /// </summary>
    /// <param name="sessionId">The id of the session.</param>
    /// <param name="agent">The agent to add. State that is null is stored as an empty object.</param>
    /// <param name="messages">The messages that a new agent starts with.</param>
    /// <param name="applicationName">The application name for a session that this call creates.</param>
    /// <param name="maxMessages">The number of latest messages to load at most, one or more; null for any number.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>What was there before, which is not changed, and what was added.</returns>
    /// <exception cref="ArgumentException">A message, the application name or the agent cannot be stored. Nothing was written.</exception>
    /// <exception cref="MessageTooLargeException">A message is too large. Nothing was written.</exception>
    Task<AgentAddition> GetOrAddAgentAsync(
        string sessionId,
        AgentData agent,
        IReadOnlyList<ChatMessage> messages,
        string? applicationName,
        int? maxMessages,
        CancellationToken cancellationToken = default);

    /// <summary>
    /// Gets an agent.
    /// </summary>
    /// <param name="sessionId">The id of the session.</param>
    /// <param name="agentId">The id of the agent.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The agent, or null when the session or the agent does not exist.</returns>
    Task<AgentData?> GetAgentAsync(string sessionId, string agentId, CancellationToken cancellationToken = default);

    /// <summary>
    /// Replaces those fields of an agent that are not null in the update, and marks agent and session as updated.
    /// </summary>
    /// <param name="sessionId">The id of the session.</param>
    /// <param name="update">The agent's id and new values.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>A task that ends when the server has acknowledged the update.</returns>
    /// <exception cref="ArgumentException">A new value cannot be stored. Nothing was written.</exception>
    /// <exception cref="SessionNotFoundException">The session does not exist.</exception>
    /// <exception cref="AgentNotFoundException">The session has no such agent.</exception>
    Task UpdateAgentAsync(string sessionId, AgentData update, CancellationToken cancellationToken = default);

    /// <summary>
    /// Gets the configuration of an agent.
    /// </summary>
    /// <param name="sessionId">The id of the session.</param>
    /// <param name="agentId">The id of the agent.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The configuration, or null when the session or the agent does not exist.</returns>
    Task<AgentConfig?> GetAgentConfigAsync(string sessionId, string agentId, CancellationToken cancellationToken = default);

    /// <summary>
    /// Lists the configurations of a session's agents in the order in which they were added.
    /// </summary>
    /// <param name="sessionId">The id of the session.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>One entry for each agent; empty when the session does not exist.</returns>
    Task<IReadOnlyList<AgentConfig>> ListAgentsAsync(string sessionId, CancellationToken cancellationToken = default);

    /// <summary>
    /// Creates a session without agents, unless it exists.
    /// </summary>
    /// <param name="sessionId">The id of the session.</param>
    /// <param name="applicationName">The application name, or null for none.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>True when this call created it.</returns>
    Task<bool> CreateSessionAsync(string sessionId, string? applicationName, CancellationToken cancellationToken = default);

    /// <summary>
    /// Deletes a session with all its messages.
    /// </summary>
    /// <param name="sessionId">The id of the session.</param>
    /// <param name="cancellationToken">Cancels the call. What was not deleted then is by the next call.</param>
    /// <returns>True when the session existed.</returns>
    Task<bool> DeleteSessionAsync(string sessionId, CancellationToken cancellationToken = default);

    /// <summary>
    /// Lists sessions, newest first. This is the one operation that looks at more than one session.
    /// </summary>
    /// <param name="query">The conditions and the page.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>One page.</returns>
    /// <exception cref="ArgumentException">A metadata key, the limit or the end of the page before is not valid.</exception>
    Task<SessionPage> ListSessionsAsync(SessionQuery query, CancellationToken cancellationToken = default);

    /// <summary>
    /// Sets metadata fields.
    /// </summary>
    /// <param name="sessionId">The id of the session.</param>
    /// <param name="metadata">The fields to set; not empty. Dots in a key lead into nested fields.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>A task that ends when the server has acknowledged the update.</returns>
    /// <exception cref="ArgumentException">A key or a value cannot be stored. Nothing was written.</exception>
    /// <exception cref="SessionNotFoundException">The session does not exist.</exception>
    Task UpdateMetadataAsync(string sessionId, IReadOnlyDictionary<string, object?> metadata, CancellationToken cancellationToken = default);

    /// <summary>
    /// Gets metadata fields.
    /// </summary>
    /// <param name="sessionId">The id of the session.</param>
    /// <param name="keys">The fields to get, or null for all.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The fields that exist, in the order of the keys; null when the session does not exist.</returns>
    /// <exception cref="ArgumentException">A key is not valid.</exception>
    Task<IReadOnlyDictionary<string, object?>?> GetMetadataAsync(
        string sessionId,
        IReadOnlyCollection<string>? keys,
        CancellationToken cancellationToken = default);

    /// <summary>
    /// Removes metadata fields.
    /// </summary>
    /// <param name="sessionId">The id of the session.</param>
    /// <param name="keys">The fields to remove; not empty.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>A task that ends when the server has acknowledged the update.</returns>
    /// <exception cref="ArgumentException">A key is not valid. Nothing was written.</exception>
    /// <exception cref="SessionNotFoundException">The session does not exist.</exception>
    Task DeleteMetadataAsync(string sessionId, IReadOnlyCollection<string> keys, CancellationToken cancellationToken = default);

    /// <summary>
    /// Adds feedback.
    /// </summary>
    /// <param name="sessionId">The id of the session.</param>
    /// <param name="feedback">The feedback.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The feedback as it was stored.</returns>
    /// <exception cref="ArgumentException">A field cannot be stored, or only one of agent id and position is set.</exception>
    /// <exception cref="MessageNotFoundException">The message that the feedback is about does not exist.</exception>
    /// <exception cref="SessionNotFoundException">The session does not exist.</exception>
    Task<Feedback> AddFeedbackAsync(string sessionId, Feedback feedback, CancellationToken cancellationToken = default);

    /// <summary>
    /// Gets all feedback of a session in the order in which it was added.
    /// </summary>
    /// <param name="sessionId">The id of the session.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The feedback; empty when the session does not exist.</returns>
    Task<IReadOnlyList<Feedback>> GetFeedbacksAsync(string sessionId, CancellationToken cancellationToken = default);

    /// <summary>
    /// Sums up what a session has cost.
    /// </summary>
    /// <param name="sessionId">The id of the session.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The sums; empty when the session does not exist.</returns>
    Task<SessionUsage> GetUsageAsync(string sessionId, CancellationToken cancellationToken = default);
}
