using Microsoft.Extensions.AI;
using SessionManager.Internal.Shared;

namespace SessionManager;

public abstract partial class SessionStorage
{
    /// <summary>
    /// Appends one message to an agent's history, exactly once: <see cref="AppendMessagesAsync"/> for one.
    /// </summary>
    /// <param name="sessionId">The id of the session.</param>
    /// <param name="branch">The branch of the agent. Whether it exists is not checked.</param>
    /// <param name="message">The message.</param>
    /// <param name="nextPosition">The position that the message is expected to get, zero or more, or null to look it up.</param>
    /// <param name="metrics">The metrics of the turn that the message ends, or null for none. They go with an assistant message only.</param>
    /// <param name="cancellationToken">Cancels the call. The message is then stored once or not at all.</param>
    /// <returns>The position that the message got.</returns>
    /// <exception cref="ArgumentException">The message cannot be stored.</exception>
    /// <exception cref="MessageTooLargeException">The message is too large.</exception>
    public async Task<int> AppendMessageAsync(
        string sessionId,
        AgentBranch branch,
        ChatMessage message,
        int? nextPosition,
        EventLoopMetrics? metrics,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(message);

        var positions = await AppendMessagesAsync(sessionId, branch, [message], nextPosition, metrics, onlyThere: false, cancellationToken).ConfigureAwait(false);
        return positions![0];
    }

    /// <summary>
    /// Stores the first messages of an agent, unless it has any.
    /// </summary>
    /// <param name="sessionId">The id of the session.</param>
    /// <param name="branch">The branch of the agent. Whether it exists is not checked.</param>
    /// <param name="messages">The messages; they get the positions 0, 1, 2 and so on. None of them is null.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>
    /// True when they are the agent's first messages, and the only ones. False when the agent had messages, and nothing was
    /// stored, or when another writer's came in between, and all were.
    /// </returns>
    /// <exception cref="ArgumentException">A message cannot be stored. Nothing was written.</exception>
    /// <exception cref="MessageTooLargeException">A message is too large. Nothing was written.</exception>
    public Task<bool> AddFirstMessagesAsync(
        string sessionId,
        AgentBranch branch,
        IReadOnlyList<ChatMessage> messages,
        CancellationToken cancellationToken = default)
    {
        SessionKey.ThrowIfInvalid(sessionId, nameof(sessionId));
        ArgumentNullException.ThrowIfNull(branch);
        ThrowIfInvalid(messages);

        return AddFirstMessagesCoreAsync(sessionId, branch, messages, cancellationToken);
    }

    /// <inheritdoc cref="AddFirstMessagesAsync"/>
    /// <remarks>The arguments have been checked.</remarks>
    protected abstract Task<bool> AddFirstMessagesCoreAsync(
        string sessionId,
        AgentBranch branch,
        IReadOnlyList<ChatMessage> messages,
        CancellationToken cancellationToken);

    /// <summary>
    /// Appends messages to an agent's history in their order, each exactly once.
    /// </summary>
    /// <param name="sessionId">The id of the session.</param>
    /// <param name="branch">The branch of the agent. Whether it exists is not checked.</param>
    /// <param name="messages">The messages. None of them is null. No messages send nothing.</param>
    /// <param name="nextPosition">The position, zero or more, that the first message is expected to get, or null to look it up.</param>
    /// <param name="metrics">The metrics of the turn that the last assistant message among them ends, or null for none.</param>
    /// <param name="onlyThere">True to append nothing where another writer's message has <paramref name="nextPosition"/>.</param>
    /// <param name="cancellationToken">Cancels the call. The first messages are then stored, or none, or all.</param>
    /// <returns>
    /// The positions that the messages got, in ascending order. Null where nothing was appended because of <paramref name="onlyThere"/>.
    /// </returns>
    /// <exception cref="ArgumentException">A message cannot be stored. Nothing was written.</exception>
    /// <exception cref="MessageTooLargeException">A message is too large. Nothing was written.</exception>
    /// <exception cref="SessionNotFoundException">Sessions expire, and the one of the branch has. Nothing was written, though another one of its id may have begun.</exception>
    public Task<IReadOnlyList<int>?> AppendMessagesAsync(
        string sessionId,
        AgentBranch branch,
        IReadOnlyList<ChatMessage> messages,
        int? nextPosition,
        EventLoopMetrics? metrics,
        bool onlyThere,
        CancellationToken cancellationToken = default)
    {
        SessionKey.ThrowIfInvalid(sessionId, nameof(sessionId));
        ArgumentNullException.ThrowIfNull(branch);
        ThrowIfInvalid(messages);
        ArgumentOutOfRangeException.ThrowIfNegative(nextPosition ?? 0, nameof(nextPosition));

        return AppendMessagesCoreAsync(sessionId, branch, messages, nextPosition, metrics, onlyThere, cancellationToken);
    }

    /// <inheritdoc cref="AppendMessagesAsync"/>
    /// <remarks>The arguments have been checked.</remarks>
    protected abstract Task<IReadOnlyList<int>?> AppendMessagesCoreAsync(
        string sessionId,
        AgentBranch branch,
        IReadOnlyList<ChatMessage> messages,
        int? nextPosition,
        EventLoopMetrics? metrics,
        bool onlyThere,
        CancellationToken cancellationToken);

    /// <summary>
    /// Sets the metrics of a message.
    /// </summary>
    /// <param name="sessionId">The id of the session.</param>
    /// <param name="branch">The branch of the agent.</param>
    /// <param name="position">The position of the message. A message that does not exist is left so.</param>
    /// <param name="metrics">The metrics of the turn that the message ended.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>A task that ends when the server has acknowledged the update.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="position"/> is negative.</exception>
    public Task SetEventLoopMetricsAsync(
        string sessionId,
        AgentBranch branch,
        int position,
        EventLoopMetrics metrics,
        CancellationToken cancellationToken = default)
    {
        SessionKey.ThrowIfInvalid(sessionId, nameof(sessionId));
        ArgumentNullException.ThrowIfNull(branch);
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        ArgumentNullException.ThrowIfNull(metrics);

        return SetEventLoopMetricsCoreAsync(sessionId, branch, position, metrics, cancellationToken);
    }

    /// <inheritdoc cref="SetEventLoopMetricsAsync"/>
    /// <remarks>The arguments have been checked.</remarks>
    protected abstract Task SetEventLoopMetricsCoreAsync(
        string sessionId,
        AgentBranch branch,
        int position,
        EventLoopMetrics metrics,
        CancellationToken cancellationToken);

    /// <summary>
    /// Lists messages of an agent.
    /// </summary>
    /// <param name="sessionId">The id of the session.</param>
    /// <param name="branch">The branch of the agent.</param>
    /// <param name="query">The range.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The messages; empty when the session or the agent does not exist.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A number in <paramref name="query"/> is negative.</exception>
    public Task<IReadOnlyList<SessionMessage>> ListMessagesAsync(
        string sessionId,
        AgentBranch branch,
        MessageQuery query,
        CancellationToken cancellationToken = default)
    {
        SessionKey.ThrowIfInvalid(sessionId, nameof(sessionId));
        ArgumentNullException.ThrowIfNull(branch);
        MessageRange.ThrowIfInvalid(query);

        return ListMessagesCoreAsync(sessionId, branch, query, cancellationToken);
    }

    /// <inheritdoc cref="ListMessagesAsync"/>
    /// <remarks>The arguments have been checked.</remarks>
    protected abstract Task<IReadOnlyList<SessionMessage>> ListMessagesCoreAsync(
        string sessionId,
        AgentBranch branch,
        MessageQuery query,
        CancellationToken cancellationToken);

    /// <summary>
    /// Streams messages of an agent, a batch at a time.
    /// </summary>
    /// <param name="sessionId">The id of the session.</param>
    /// <param name="branch">The branch of the agent.</param>
    /// <param name="query">The range.</param>
    /// <param name="cancellationToken">Cancels the enumeration.</param>
    /// <returns>The messages; empty when the session or the agent does not exist.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A number in <paramref name="query"/> is negative.</exception>
    public IAsyncEnumerable<SessionMessage> StreamMessagesAsync(
        string sessionId,
        AgentBranch branch,
        MessageQuery query,
        CancellationToken cancellationToken = default)
    {
        SessionKey.ThrowIfInvalid(sessionId, nameof(sessionId));
        ArgumentNullException.ThrowIfNull(branch);
        MessageRange.ThrowIfInvalid(query);

        return StreamMessagesCoreAsync(sessionId, branch, query, cancellationToken);
    }

    /// <inheritdoc cref="StreamMessagesAsync"/>
    /// <remarks>The arguments have been checked.</remarks>
    protected abstract IAsyncEnumerable<SessionMessage> StreamMessagesCoreAsync(
        string sessionId,
        AgentBranch branch,
        MessageQuery query,
        CancellationToken cancellationToken);

    /// <summary>
    /// Counts the messages of an agent, at a cost that does not depend on their number.
    /// </summary>
    /// <param name="sessionId">The id of the session.</param>
    /// <param name="branch">The branch of the agent.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The number of messages, which is also the position that the next one gets; 0 when there is no such agent.</returns>
    public Task<int> GetMessageCountAsync(string sessionId, AgentBranch branch, CancellationToken cancellationToken = default)
    {
        SessionKey.ThrowIfInvalid(sessionId, nameof(sessionId));
        ArgumentNullException.ThrowIfNull(branch);

        return GetMessageCountCoreAsync(sessionId, branch, cancellationToken);
    }

    /// <inheritdoc cref="GetMessageCountAsync"/>
    /// <remarks>The arguments have been checked.</remarks>
    protected abstract Task<int> GetMessageCountCoreAsync(string sessionId, AgentBranch branch, CancellationToken cancellationToken);

    private static void ThrowIfInvalid(IReadOnlyList<ChatMessage> messages)
    {
        ArgumentNullException.ThrowIfNull(messages);
        for (var i = 0; i < messages.Count; i++)
        {
            if (messages[i] is null)
            {
                throw new ArgumentException($"The message at {nameof(messages)}[{i}] is null.", nameof(messages));
            }
        }
    }
}
