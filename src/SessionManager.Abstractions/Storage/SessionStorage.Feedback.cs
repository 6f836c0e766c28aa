using SessionManager.Internal.Shared;

namespace SessionManager;

public abstract partial class SessionStorage
{
    /// <summary>
    /// Adds feedback.
    /// </summary>
    /// <param name="sessionId">The id of the session.</param>
    /// <param name="feedback">The feedback.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The feedback as it was stored.</returns>
    /// <exception cref="ArgumentException">A field cannot be stored, or a message is named without its agent or an agent without a message.</exception>
    /// <exception cref="MessageNotFoundException">The message that the feedback is about does not exist.</exception>
    /// <exception cref="SessionNotFoundException">The session does not exist.</exception>
    public Task<Feedback> AddFeedbackAsync(string sessionId, Feedback feedback, CancellationToken cancellationToken = default)
    {
        Identifier.ThrowIfInvalid(sessionId, nameof(sessionId));
        ArgumentNullException.ThrowIfNull(feedback);

        return AddFeedbackCoreAsync(sessionId, feedback, cancellationToken);
    }

    /// <inheritdoc cref="AddFeedbackAsync"/>
    /// <remarks>Id and nulls have been checked. The fields of the feedback have not.</remarks>
    protected abstract Task<Feedback> AddFeedbackCoreAsync(string sessionId, Feedback feedback, CancellationToken cancellationToken);

    /// <summary>
    /// Gets all feedback of a session in the order in which it was added.
    /// </summary>
    /// <param name="sessionId">The id of the session.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The feedback; empty when the session does not exist.</returns>
    public Task<IReadOnlyList<Feedback>> GetFeedbacksAsync(string sessionId, CancellationToken cancellationToken = default)
    {
        Identifier.ThrowIfInvalid(sessionId, nameof(sessionId));

        return GetFeedbacksCoreAsync(sessionId, cancellationToken);
    }

    /// <inheritdoc cref="GetFeedbacksAsync"/>
    /// <remarks>The arguments have been checked.</remarks>
    protected abstract Task<IReadOnlyList<Feedback>> GetFeedbacksCoreAsync(string sessionId, CancellationToken cancellationToken);
}
