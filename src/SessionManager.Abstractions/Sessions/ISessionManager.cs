using Microsoft.Extensions.AI;

namespace SessionManager;

/// <summary>
/// Persists one session: the messages, state, configuration and metrics of its agents, its metadata and feedback.
/// </summary>
/// <remarks>
/// <para>
/// Thread-safe: one session manager may be used from concurrent tasks, and several session managers of the same session,
/// in one process or in many, never corrupt each other. Messages that one session manager appends for one agent are
/// stored in the order of the calls.
/// </para>
/// <para>
/// Errors of the server reach the caller as the driver throws them, and so does what a hook throws. A call that fails or is
/// cancelled has either taken effect completely or not at all, unless its member says more, and the session manager can be
/// used again.
/// </para>
/// <para>
/// The caller disposes it. Disposal sends nothing and closes no connection: those belong to the client. Afterwards every
/// method throws <see cref="ObjectDisposedException"/>.
/// </para>
/// </remarks>
public partial interface ISessionManager : IAsyncDisposable
{
    /// <summary>
    /// Gets the id of the session.
    /// </summary>
    string SessionId { get; }

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
    /// Appends a message to the stored history of an agent, exactly once.
    /// </summary>
    /// <param name="message">The message. Do not change it before the call has ended.</param>
    /// <param name="agent">The agent. Its <see cref="ISessionAgent.Messages"/> are neither read nor changed.</param>
    /// <param name="cancellationToken">Cancels the call. The message is then stored once or not at all.</param>
    /// <returns>The position of the message, zero or more.</returns>
    /// <remarks>
    /// <para>
    /// When the connection is lost before the server has answered, the message is sent again in a way that cannot
    /// store it twice.
    /// </para>
    /// <para>
    /// Metrics that the agent has gained are stored together with an assistant message, so add a model call to them before
    /// appending its answer. What is gained later is stored by <see cref="SyncAgentAsync"/>.
    /// </para>
    /// </remarks>
    /// <exception cref="ArgumentException">The agent's id or the message cannot be stored.</exception>
    /// <exception cref="MessageTooLargeException">The message is too large. The session stays usable.</exception>
    /// <exception cref="SessionNotFoundException">The session does not exist.</exception>
    /// <exception cref="AgentNotFoundException">The session has no such agent.</exception>
    Task<int> AppendMessageAsync(ChatMessage message, ISessionAgent agent, CancellationToken cancellationToken = default);

    /// <summary>
    /// Appends messages to the stored history of an agent in one command, in their order and each exactly once.
    /// </summary>
    /// <param name="messages">The messages. Do not change them before the call has ended. None sends nothing.</param>
    /// <param name="agent">The agent. Its <see cref="ISessionAgent.Messages"/> are neither read nor changed.</param>
    /// <param name="cancellationToken">Cancels the call. The first messages are then stored, or none, or all.</param>
    /// <returns>The positions of the messages. Those of other writers may lie between them.</returns>
    /// <remarks>
    /// As <see cref="AppendMessageAsync"/> does for one. Metrics go with the last assistant message among them. Messages
    /// that take more than 48 MB together take more than one command.
    /// </remarks>
    /// <exception cref="ArgumentException">The agent's id or a message cannot be stored. Nothing was written.</exception>
    /// <exception cref="MessageTooLargeException">A message is too large. Nothing was written.</exception>
    /// <exception cref="SessionNotFoundException">The session does not exist.</exception>
    /// <exception cref="AgentNotFoundException">The session has no such agent.</exception>
    Task<IReadOnlyList<int>> AppendMessagesAsync(
        IReadOnlyList<ChatMessage> messages,
        ISessionAgent agent,
        CancellationToken cancellationToken = default);

    /// <summary>
    /// Stores what has changed in an agent since the last call: its state, conversation-manager state, model, system
    /// prompt and metrics. Sends nothing when nothing has changed.
    /// </summary>
    /// <param name="agent">The agent to store.</param>
    /// <param name="cancellationToken">Cancels the call. What was not stored then is by the next call.</param>
    /// <returns>A task that ends when the server has acknowledged the changes.</returns>
    /// <remarks>
    /// Metrics gained since the last turn are stored with the last assistant message that this session manager has
    /// appended for the agent: each message carries what its own turn cost, so that a sum over messages counts nothing
    /// twice. They wait for such a message where there is none yet.
    /// </remarks>
    /// <exception cref="ArgumentException">The agent's id, configuration or state cannot be stored. Nothing was written.</exception>
    /// <exception cref="SessionNotFoundException">The session does not exist.</exception>
    /// <exception cref="AgentNotFoundException">The session has no such agent.</exception>
    Task SyncAgentAsync(ISessionAgent agent, CancellationToken cancellationToken = default);

    /// <summary>
    /// Gets a page of an agent's messages.
    /// </summary>
    /// <param name="agentId">The id of the agent.</param>
    /// <param name="query">The range, or null for all messages, oldest first.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The messages; empty when the session or the agent does not exist.</returns>
    /// <exception cref="ArgumentException"><paramref name="agentId"/> is not valid.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number in <paramref name="query"/> is negative.</exception>
    Task<IReadOnlyList<SessionMessage>> ListMessagesAsync(string agentId, MessageQuery? query = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Streams an agent's messages without holding them all in memory.
    /// </summary>
    /// <param name="agentId">The id of the agent.</param>
    /// <param name="query">The range, or null for all messages, oldest first.</param>
    /// <param name="cancellationToken">Cancels the enumeration.</param>
    /// <returns>The messages; empty when the session or the agent does not exist. Can be enumerated more than once.</returns>
    /// <exception cref="ArgumentException"><paramref name="agentId"/> is not valid.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number in <paramref name="query"/> is negative.</exception>
    IAsyncEnumerable<SessionMessage> StreamMessagesAsync(string agentId, MessageQuery? query = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Counts an agent's messages, at a cost that does not depend on their number.
    /// </summary>
    /// <param name="agentId">The id of the agent.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The number of messages; 0 when the session or the agent does not exist.</returns>
    /// <exception cref="ArgumentException"><paramref name="agentId"/> is not valid.</exception>
    Task<int> GetMessageCountAsync(string agentId, CancellationToken cancellationToken = default);

    /// <summary>
    /// Gets the application name that the session was created with.
    /// </summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The name, or null when the session does not exist or was created without one.</returns>
    Task<string?> GetApplicationNameAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Creates the session where it does not exist, without an agent. <see cref="InitializeAsync(ISessionAgent, CancellationToken)"/> does so by itself.
    /// </summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>True when this call created it.</returns>
    Task<bool> CreateSessionAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Tells whether the session exists.
    /// </summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>True when it does.</returns>
    Task<bool> SessionExistsAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Deletes the session with all its messages.
    /// </summary>
    /// <param name="cancellationToken">Cancels the call. What was not deleted then is by the next call.</param>
    /// <returns>True when the session existed.</returns>
    Task<bool> DeleteSessionAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Redacts the latest message of an agent that this session manager knows of, or, where it has neither loaded nor appended
    /// any, the latest one that is stored: what is shown and sent to models from then on is another message. The metrics of the
    /// message stay.
    /// </summary>
    /// <param name="redactMessage">The message to show instead.</param>
    /// <param name="agent">The agent.</param>
    /// <param name="details">Why it is redacted, or null for an event with the action <c>BLOCKED</c> and nothing else.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>
    /// The position of the redacted message, or null when the agent has no messages or does not exist; nothing was written then.
    /// </returns>
    /// <remarks>
    /// The original stays stored as <see cref="SessionMessage.Message"/>, unless the options say that redacted messages
    /// are erased. The redaction is recorded with the message in the same atomic update.
    /// </remarks>
    /// <exception cref="ArgumentException">The agent's id, the message or the details cannot be stored.</exception>
    Task<int?> RedactLatestMessageAsync(
        ChatMessage redactMessage,
        ISessionAgent agent,
        RedactionDetails? details = null,
        CancellationToken cancellationToken = default);

    /// <summary>
    /// Lists the redactions of all agents of the session, oldest first, without their traces.
    /// </summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>One event for each redacted message; empty when there is none.</returns>
    Task<IReadOnlyList<GuardrailEvent>> ListGuardrailEventsAsync(CancellationToken cancellationToken = default);
}
