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
public interface ISessionRepository
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
    /// Stores the first messages of an agent, unless it has any.
    /// </summary>
    /// <param name="sessionId">The id of the session.</param>
    /// <param name="agentId">The id of the agent. Whether it exists is not checked.</param>
    /// <param name="messages">The messages; they get the ids 0, 1, 2 and so on.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>False when the agent had messages; nothing was stored then.</returns>
    /// <exception cref="ArgumentException">A message cannot be stored. Nothing was written.</exception>
    /// <exception cref="MessageTooLargeException">A message is too large. Nothing was written.</exception>
    Task<bool> AddFirstMessagesAsync(
        string sessionId,
        string agentId,
        IReadOnlyList<ChatMessage> messages,
        CancellationToken cancellationToken = default);

    /// <summary>
    /// Appends a message to an agent's history, exactly once.
    /// </summary>
    /// <param name="sessionId">The id of the session.</param>
    /// <param name="agentId">The id of the agent. Whether it exists is not checked.</param>
    /// <param name="message">The message.</param>
    /// <param name="nextMessageId">
    /// The id that the message is expected to get, one more than the last one's. When another writer has taken it, the
    /// next free one is used. Null costs one more command, to look it up.
    /// </param>
    /// <param name="metrics">The metrics of the turn that the message ends, or null for none.</param>
    /// <param name="cancellationToken">Cancels the call. The message is then stored once or not at all.</param>
    /// <returns>The id that the message got.</returns>
    /// <exception cref="ArgumentException">The message cannot be stored.</exception>
    /// <exception cref="MessageTooLargeException">The message is too large.</exception>
    Task<int> AppendMessageAsync(
        string sessionId,
        string agentId,
        ChatMessage message,
        int? nextMessageId,
        EventLoopMetrics? metrics,
        CancellationToken cancellationToken = default);

    /// <summary>
    /// Appends messages to an agent's history in their order, each exactly once.
    /// </summary>
    /// <param name="sessionId">The id of the session.</param>
    /// <param name="agentId">The id of the agent. Whether it exists is not checked.</param>
    /// <param name="messages">The messages.</param>
    /// <param name="nextMessageId">The id that the first message is expected to get, or null to look it up.</param>
    /// <param name="metrics">The metrics of the turn that the last assistant message among them ends, or null for none.</param>
    /// <param name="cancellationToken">Cancels the call. The first messages are then stored, or none, or all.</param>
    /// <returns>The ids that the messages got, in ascending order.</returns>
    /// <exception cref="ArgumentException">A message cannot be stored. Nothing was written.</exception>
    /// <exception cref="MessageTooLargeException">A message is too large. Nothing was written.</exception>
    Task<IReadOnlyList<int>> AppendMessagesAsync(
        string sessionId,
        string agentId,
        IReadOnlyList<ChatMessage> messages,
        int? nextMessageId,
        EventLoopMetrics? metrics,
        CancellationToken cancellationToken = default);

    /// <summary>
    /// Sets the metrics of a message.
    /// </summary>
    /// <param name="sessionId">The id of the session.</param>
    /// <param name="agentId">The id of the agent.</param>
    /// <param name="messageId">The id of the message. A message that does not exist is left so.</param>
    /// <param name="metrics">The metrics of the turn that the message ended.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>A task that ends when the server has acknowledged the update.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="messageId"/> is negative.</exception>
    Task SetEventLoopMetricsAsync(
        string sessionId,
        string agentId,
        int messageId,
        EventLoopMetrics metrics,
        CancellationToken cancellationToken = default);

    /// <summary>
    /// Lists messages of an agent.
    /// </summary>
    /// <param name="sessionId">The id of the session.</param>
    /// <param name="agentId">The id of the agent.</param>
    /// <param name="query">The range.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The messages; empty when the session or the agent does not exist.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A number in <paramref name="query"/> is negative.</exception>
    Task<IReadOnlyList<SessionMessage>> ListMessagesAsync(
        string sessionId,
        string agentId,
        MessageQuery query,
        CancellationToken cancellationToken = default);

    /// <summary>
    /// Streams messages of an agent, a batch at a time.
    /// </summary>
    /// <param name="sessionId">The id of the session.</param>
    /// <param name="agentId">The id of the agent.</param>
    /// <param name="query">The range.</param>
    /// <param name="cancellationToken">Cancels the enumeration.</param>
    /// <returns>The messages; empty when the session or the agent does not exist.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A number in <paramref name="query"/> is negative.</exception>
    IAsyncEnumerable<SessionMessage> StreamMessagesAsync(
        string sessionId,
        string agentId,
        MessageQuery query,
        CancellationToken cancellationToken = default);

    /// <summary>
    /// Counts the messages of an agent, at a cost that does not depend on their number.
    /// </summary>
    /// <param name="sessionId">The id of the session.</param>
    /// <param name="agentId">The id of the agent.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The number of messages, which is also the id that the next one gets.</returns>
    Task<int> GetMessageCountAsync(string sessionId, string agentId, CancellationToken cancellationToken = default);

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
    /// Redacts a message and records that with it, in one atomic update.
    /// </summary>
    /// <param name="sessionId">The id of the session.</param>
    /// <param name="agentId">The id of the agent.</param>
    /// <param name="messageId">The id of the message, or null for the latest one.</param>
    /// <param name="redactMessage">The message to show instead.</param>
    /// <param name="details">Why it is redacted.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The id of the redacted message, or null when there is no such message.</returns>
    /// <exception cref="ArgumentException">The message cannot be stored.</exception>
    Task<int?> RedactMessageAsync(
        string sessionId,
        string agentId,
        int? messageId,
        ChatMessage redactMessage,
        RedactionDetails details,
        CancellationToken cancellationToken = default);

    /// <summary>
    /// Lists the redactions of a session, oldest first, without their traces.
    /// </summary>
    /// <param name="sessionId">The id of the session.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>One event for each redacted message.</returns>
    Task<IReadOnlyList<GuardrailEvent>> ListGuardrailEventsAsync(string sessionId, CancellationToken cancellationToken = default);

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
    /// <exception cref="ArgumentException">A field cannot be stored, or only one of agent id and message id is set.</exception>
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
