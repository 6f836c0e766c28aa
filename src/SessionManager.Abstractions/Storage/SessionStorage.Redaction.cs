using Microsoft.Extensions.AI;

namespace SessionManager;

public abstract partial class SessionStorage
{
    /// <summary>
    /// Redacts a message and records that with it, in one atomic update.
    /// </summary>
    /// <param name="sessionId">The id of the session.</param>
    /// <param name="branch">The branch of the agent.</param>
    /// <param name="position">The position of the message, or null for the latest one.</param>
    /// <param name="redactMessage">The message to show instead.</param>
    /// <param name="details">Why it is redacted.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The position of the redacted message, or null when there is no such message.</returns>
    /// <exception cref="ArgumentException">The message or the details cannot be stored, or the action is blank. Nothing was written.</exception>
    public Task<int?> RedactMessageAsync(
        string sessionId,
        AgentBranch branch,
        int? position,
        ChatMessage redactMessage,
        RedactionDetails details,
        CancellationToken cancellationToken = default)
    {
        SessionKey.ThrowIfInvalid(sessionId, nameof(sessionId));
        ArgumentNullException.ThrowIfNull(branch);
        ArgumentNullException.ThrowIfNull(redactMessage);
        ArgumentNullException.ThrowIfNull(details);
        ArgumentException.ThrowIfNullOrWhiteSpace(details.Action, $"{nameof(details)}.{nameof(details.Action)}");

        return RedactMessageCoreAsync(sessionId, branch, position, redactMessage, details, cancellationToken);
    }

    /// <inheritdoc cref="RedactMessageAsync"/>
    /// <remarks>Ids and nulls have been checked. Message and details have not; a negative position is that of no message.</remarks>
    protected abstract Task<int?> RedactMessageCoreAsync(
        string sessionId,
        AgentBranch branch,
        int? position,
        ChatMessage redactMessage,
        RedactionDetails details,
        CancellationToken cancellationToken);

    /// <summary>
    /// Lists the redactions of a session, oldest first, without their traces.
    /// </summary>
    /// <param name="sessionId">The id of the session.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>One event for each redacted message; empty when there is none.</returns>
    public Task<IReadOnlyList<GuardrailEvent>> ListGuardrailEventsAsync(string sessionId, CancellationToken cancellationToken = default)
    {
        SessionKey.ThrowIfInvalid(sessionId, nameof(sessionId));

        return ListGuardrailEventsCoreAsync(sessionId, cancellationToken);
    }

    /// <inheritdoc cref="ListGuardrailEventsAsync"/>
    /// <remarks>The arguments have been checked.</remarks>
    protected abstract Task<IReadOnlyList<GuardrailEvent>> ListGuardrailEventsCoreAsync(string sessionId, CancellationToken cancellationToken);
}
