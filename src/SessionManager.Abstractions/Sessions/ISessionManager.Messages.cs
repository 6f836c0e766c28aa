using Microsoft.Extensions.AI;

namespace SessionManager;

public partial interface ISessionManager
{
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
    /// <exception cref="UnstorablePropertyException">An additional property of a message cannot be stored. Nothing was written.</exception>
    /// <exception cref="ArgumentException">The agent's id or a message cannot be stored. Nothing was written.</exception>
    /// <exception cref="MessageTooLargeException">A message is too large. Nothing was written.</exception>
    /// <exception cref="SessionNotFoundException">The session does not exist.</exception>
    /// <exception cref="AgentNotFoundException">The session has no such agent.</exception>
    Task<IReadOnlyList<int>> AppendMessagesAsync(
        IReadOnlyList<ChatMessage> messages,
        ISessionAgent agent,
        CancellationToken cancellationToken = default);

    /// <summary>
    /// Appends messages with the answer of a model, which is not to be lost for one property: an additional property of an
    /// assistant message, or of a part of it, whose value cannot be stored is left out, and its name is logged. Pipelines do so.
    /// </summary>
    /// <param name="messages">The messages. Do not change them before the call has ended. None sends nothing.</param>
    /// <param name="agent">The agent. Its <see cref="ISessionAgent.Messages"/> are neither read nor changed.</param>
    /// <param name="cancellationToken">Cancels the call. The first messages are then stored, or none, or all.</param>
    /// <returns>The positions of the messages. Those of other writers may lie between them.</returns>
    /// <remarks>
    /// Else as <see cref="AppendMessagesAsync"/>, as which an implementation that does not override it does it. While the call
    /// lasts, the properties that are left out are missing in the messages, too.
    /// </remarks>
    /// <inheritdoc cref="AppendMessagesAsync"/>
    Task<IReadOnlyList<int>> AppendAnswerAsync(
        IReadOnlyList<ChatMessage> messages,
        ISessionAgent agent,
        CancellationToken cancellationToken = default) =>
        AppendMessagesAsync(messages, agent, cancellationToken);

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
    /// Replaces a message that cannot be read, and so makes the rest of its history readable again.
    /// </summary>
    /// <param name="agentId">The id of the agent.</param>
    /// <param name="position">The position of the message: <see cref="DamagedMessageException.Position"/>.</param>
    /// <param name="cancellationToken">Cancels the call. The message is then replaced or not.</param>
    /// <returns>
    /// True when it was replaced; false when there is no such message, when it can be read, or when another write came in between.
    /// </returns>
    /// <remarks>
    /// <para>
    /// A placeholder stays at its position: a message of the same role without contents, with <c>damaged</c> among its additional
    /// properties. No model is sent it, and what belonged to the message, such as the result of a call that it had, is repaired as ever.
    /// </para>
    /// <para>What was stored is kept with it for whoever looks into the database, until the message is redacted by a session manager
    /// that erases.</para>
    /// </remarks>
    /// <exception cref="ArgumentException"><paramref name="agentId"/> is not valid.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="position"/> is negative.</exception>
    Task<bool> TryReplaceDamagedMessageAsync(string agentId, int position, CancellationToken cancellationToken = default);
}
