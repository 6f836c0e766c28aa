using Microsoft.Extensions.AI;

namespace SessionManager;

public partial interface ISessionRepository
{
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
    /// <param name="nextPosition">
    /// The position that the message is expected to get, one more than the last one's. When another writer has taken it, the
    /// next free one is used. Null costs one more command, to look it up.
    /// </param>
    /// <param name="metrics">The metrics of the turn that the message ends, or null for none.</param>
    /// <param name="cancellationToken">Cancels the call. The message is then stored once or not at all.</param>
    /// <returns>The position that the message got.</returns>
    /// <exception cref="ArgumentException">The message cannot be stored.</exception>
    /// <exception cref="MessageTooLargeException">The message is too large.</exception>
    Task<int> AppendMessageAsync(
        string sessionId,
        string agentId,
        ChatMessage message,
        int? nextPosition,
        EventLoopMetrics? metrics,
        CancellationToken cancellationToken = default);

    /// <summary>
    /// Appends messages to an agent's history in their order, each exactly once.
    /// </summary>
    /// <param name="sessionId">The id of the session.</param>
    /// <param name="agentId">The id of the agent. Whether it exists is not checked.</param>
    /// <param name="messages">The messages.</param>
    /// <param name="nextPosition">The position that the first message is expected to get, or null to look it up.</param>
    /// <param name="metrics">The metrics of the turn that the last assistant message among them ends, or null for none.</param>
    /// <param name="cancellationToken">Cancels the call. The first messages are then stored, or none, or all.</param>
    /// <returns>The positions that the messages got, in ascending order.</returns>
    /// <exception cref="ArgumentException">A message cannot be stored. Nothing was written.</exception>
    /// <exception cref="MessageTooLargeException">A message is too large. Nothing was written.</exception>
    Task<IReadOnlyList<int>> AppendMessagesAsync(
        string sessionId,
        string agentId,
        IReadOnlyList<ChatMessage> messages,
        int? nextPosition,
        EventLoopMetrics? metrics,
        CancellationToken cancellationToken = default);

    /// <summary>
    /// Sets the metrics of a message.
    /// </summary>
    /// <param name="sessionId">The id of the session.</param>
    /// <param name="agentId">The id of the agent.</param>
    /// <param name="position">The position of the message. A message that does not exist is left so.</param>
    /// <param name="metrics">The metrics of the turn that the message ended.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>A task that ends when the server has acknowledged the update.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="position"/> is negative.</exception>
    Task SetEventLoopMetricsAsync(
        string sessionId,
        string agentId,
        int position,
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
    /// Redacts a message and records that with it, in one atomic update.
    /// </summary>
    /// <param name="sessionId">The id of the session.</param>
    /// <param name="agentId">The id of the agent.</param>
    /// <param name="position">The position of the message, or null for the latest one.</param>
    /// <param name="redactMessage">The message to show instead.</param>
    /// <param name="details">Why it is redacted.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The position of the redacted message, or null when there is no such message.</returns>
    /// <exception cref="ArgumentException">The message cannot be stored.</exception>
    Task<int?> RedactMessageAsync(
        string sessionId,
        string agentId,
        int? position,
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
}
