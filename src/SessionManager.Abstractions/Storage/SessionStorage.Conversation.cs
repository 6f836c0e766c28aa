using Microsoft.Extensions.AI;

namespace SessionManager;

public abstract partial class SessionStorage
{
    /// <summary>
    /// Claims a request for approval that a message holds: of all who answer it, one succeeds.
    /// </summary>
    /// <param name="sessionId">The id of the session.</param>
    /// <param name="branch">The branch of the agent.</param>
    /// <param name="position">The position of the message.</param>
    /// <param name="requestId">The id of the request.</param>
    /// <param name="cancellationToken">Cancels the call. Whether the request was claimed is not known then.</param>
    /// <returns>True for the first call with this request; false for all others, and when there is no such message.</returns>
    public Task<bool> TryClaimRequestAsync(
        string sessionId,
        AgentBranch branch,
        int position,
        string requestId,
        CancellationToken cancellationToken = default)
    {
        SessionKey.ThrowIfInvalid(sessionId, nameof(sessionId));
        ArgumentNullException.ThrowIfNull(branch);
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        ArgumentNullException.ThrowIfNull(requestId);

        return TryClaimRequestCoreAsync(sessionId, branch, position, requestId, cancellationToken);
    }

    /// <inheritdoc cref="TryClaimRequestAsync"/>
    /// <remarks>The arguments have been checked. The claim is one atomic, conditional write.</remarks>
    protected abstract Task<bool> TryClaimRequestCoreAsync(
        string sessionId,
        AgentBranch branch,
        int position,
        string requestId,
        CancellationToken cancellationToken);

    /// <summary>
    /// Replaces a message as long as it is the last one of its agent. What it was is kept with it.
    /// </summary>
    /// <param name="sessionId">The id of the session.</param>
    /// <param name="branch">The branch of the agent.</param>
    /// <param name="position">The position of the message.</param>
    /// <param name="message">The message as it is from now on.</param>
    /// <param name="cancellationToken">Cancels the call. The message is then replaced or not.</param>
    /// <returns>True when it was replaced; false when there is no such message, or another one behind it.</returns>
    /// <exception cref="ArgumentException">The message cannot be stored. Nothing was written.</exception>
    public Task<bool> TryReplaceLastMessageAsync(
        string sessionId,
        AgentBranch branch,
        int position,
        ChatMessage message,
        CancellationToken cancellationToken = default)
    {
        SessionKey.ThrowIfInvalid(sessionId, nameof(sessionId));
        ArgumentNullException.ThrowIfNull(branch);
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        ArgumentNullException.ThrowIfNull(message);

        return TryReplaceLastMessageCoreAsync(sessionId, branch, position, message, cancellationToken);
    }

    /// <inheritdoc cref="TryReplaceLastMessageAsync"/>
    /// <remarks>Ids, position and null have been checked; the message has not.</remarks>
    protected abstract Task<bool> TryReplaceLastMessageCoreAsync(
        string sessionId,
        AgentBranch branch,
        int position,
        ChatMessage message,
        CancellationToken cancellationToken);

    /// <summary>
    /// Replaces a message that cannot be read by a placeholder. What was stored is kept with it.
    /// </summary>
    /// <param name="sessionId">The id of the session.</param>
    /// <param name="branch">The branch of the agent.</param>
    /// <param name="position">The position of the message.</param>
    /// <param name="cancellationToken">Cancels the call. The message is then replaced or not.</param>
    /// <returns>
    /// True when it was replaced; false when there is no such message, when it can be read, or when another write came in between.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="position"/> is negative.</exception>
    public Task<bool> TryReplaceDamagedMessageAsync(
        string sessionId,
        AgentBranch branch,
        int position,
        CancellationToken cancellationToken = default)
    {
        SessionKey.ThrowIfInvalid(sessionId, nameof(sessionId));
        ArgumentNullException.ThrowIfNull(branch);
        ArgumentOutOfRangeException.ThrowIfNegative(position);

        return TryReplaceDamagedMessageCoreAsync(sessionId, branch, position, cancellationToken);
    }

    /// <inheritdoc cref="TryReplaceDamagedMessageAsync"/>
    /// <remarks>
    /// The arguments have been checked. The placeholder has no contents, so that no model is sent it, and stays at the position. This
    /// one finds no message damaged: it is for storages whose messages nothing but themselves can change.
    /// </remarks>
    protected virtual Task<bool> TryReplaceDamagedMessageCoreAsync(
        string sessionId,
        AgentBranch branch,
        int position,
        CancellationToken cancellationToken) =>
        cancellationToken.IsCancellationRequested ? Task.FromCanceled<bool>(cancellationToken) : Task.FromResult(false);

    /// <summary>
    /// Lists what tells an agent's messages apart: ids, roles, texts, media, calls, and of results what they answer.
    /// </summary>
    /// <param name="sessionId">The id of the session.</param>
    /// <param name="branch">The branch of the agent.</param>
    /// <param name="beforePosition">The position before which the range ends, zero or more.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The messages, oldest first; what does not tell them apart may be missing.</returns>
    public Task<IReadOnlyList<SessionMessage>> ListMessageIdentitiesAsync(
        string sessionId,
        AgentBranch branch,
        int beforePosition,
        CancellationToken cancellationToken = default)
    {
        SessionKey.ThrowIfInvalid(sessionId, nameof(sessionId));
        ArgumentNullException.ThrowIfNull(branch);
        ArgumentOutOfRangeException.ThrowIfNegative(beforePosition);

        return ListMessageIdentitiesCoreAsync(sessionId, branch, beforePosition, cancellationToken);
    }

    /// <inheritdoc cref="ListMessageIdentitiesAsync"/>
    /// <remarks>The arguments have been checked. Whole messages, which this lists unless it is overridden, are right, too.</remarks>
    protected virtual Task<IReadOnlyList<SessionMessage>> ListMessageIdentitiesCoreAsync(
        string sessionId,
        AgentBranch branch,
        int beforePosition,
        CancellationToken cancellationToken) =>
        ListMessagesCoreAsync(sessionId, branch, new MessageQuery { BeforePosition = beforePosition }, cancellationToken);
}
