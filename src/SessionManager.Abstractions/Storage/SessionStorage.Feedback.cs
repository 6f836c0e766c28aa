using SessionManager.Internal.Shared;

namespace SessionManager;

public abstract partial class SessionStorage
{
    /// <summary>
    /// Adds feedback.
    /// </summary>
    /// <param name="sessionId">The id of the session.</param>
    /// <param name="feedback">The feedback.</param>
    /// <param name="branch">
    /// The branch of the message that the feedback is about, or null to look up the one that the feedback names, or the current one.
    /// </param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The feedback as it was stored.</returns>
    /// <exception cref="ArgumentException">A field cannot be stored, or a message is named without its agent or an agent without a message.</exception>
    /// <exception cref="MessageNotFoundException">The message that the feedback is about does not exist.</exception>
    /// <exception cref="SessionNotFoundException">The session does not exist.</exception>
    public Task<Feedback> AddFeedbackAsync(string sessionId, Feedback feedback, AgentBranch? branch = null, CancellationToken cancellationToken = default)
    {
        SessionKey.ThrowIfInvalid(sessionId, nameof(sessionId));
        ArgumentNullException.ThrowIfNull(feedback);
        ThrowIfInvalid(feedback);
        if (branch is not null && branch.AgentId != feedback.AgentId)
        {
            throw new ArgumentException($"The feedback is about agent {feedback.AgentId ?? "none"}, the branch is of {branch?.AgentId ?? "none"}.", nameof(branch));
        }

        return branch is null && feedback.AgentId is not null
            ? FindAndAddAsync(sessionId, feedback, feedback.AgentId, cancellationToken)
            : AddFeedbackCoreAsync(sessionId, feedback, branch, cancellationToken);
    }

    /// <inheritdoc cref="AddFeedbackAsync"/>
    /// <remarks>
    /// The arguments have been checked, except for the values of the additional properties, which are as those of metadata.
    /// </remarks>
    protected abstract Task<Feedback> AddFeedbackCoreAsync(string sessionId, Feedback feedback, AgentBranch? branch, CancellationToken cancellationToken);

    /// <summary>
    /// Gets all feedback of a session in the order in which it was added.
    /// </summary>
    /// <param name="sessionId">The id of the session.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The feedback; empty when the session does not exist.</returns>
    public Task<IReadOnlyList<Feedback>> GetFeedbacksAsync(string sessionId, CancellationToken cancellationToken = default)
    {
        SessionKey.ThrowIfInvalid(sessionId, nameof(sessionId));

        return GetFeedbacksCoreAsync(sessionId, cancellationToken);
    }

    /// <inheritdoc cref="GetFeedbacksAsync"/>
    /// <remarks>The arguments have been checked.</remarks>
    protected abstract Task<IReadOnlyList<Feedback>> GetFeedbacksCoreAsync(string sessionId, CancellationToken cancellationToken);

    private async Task<Feedback> FindAndAddAsync(string sessionId, Feedback feedback, string agentId, CancellationToken cancellationToken)
    {
        // Where there is no such agent or branch, there is no such message either.
        var branch = await FindBranchAsync(sessionId, agentId, feedback.Branch, cancellationToken).ConfigureAwait(false) ?? new AgentBranch(agentId, 0);
        return await AddFeedbackCoreAsync(sessionId, feedback, branch, cancellationToken).ConfigureAwait(false);
    }

    private static void ThrowIfInvalid(Feedback feedback)
    {
        if (feedback.AgentId is null != (feedback.Position is null && feedback.MessageId is null))
        {
            throw new ArgumentException("Feedback on a message needs both the agent id and the position or the message id.", nameof(feedback));
        }

        if (feedback.AgentId is not null)
        {
            Identifier.ThrowIfInvalid(feedback.AgentId, $"{nameof(feedback)}.{nameof(feedback.AgentId)}");
            Identifier.ThrowIfIllFormed(feedback.MessageId, $"{nameof(feedback)}.{nameof(feedback.MessageId)}");
            ArgumentOutOfRangeException.ThrowIfNegative(feedback.Branch ?? 0, $"{nameof(feedback)}.{nameof(feedback.Branch)}");
        }

        if (feedback.Rating is { } rating && !Enum.IsDefined(rating))
        {
            throw new ArgumentOutOfRangeException($"{nameof(feedback)}.{nameof(feedback.Rating)}", rating, "The rating is neither up nor down.");
        }

        // Feedback without further fields allocates no enumerator.
        if (feedback.AdditionalProperties.Count > 0)
        {
            ThrowIfInvalid(feedback.AdditionalProperties.Keys, nameof(feedback));
        }
    }

    // Held to the rules of metadata keys, but a dot is part of the name.
    private static void ThrowIfInvalid(IEnumerable<string> names, string paramName)
    {
        foreach (var name in names)
        {
            var fault = name switch
            {
                "" => "is empty",
                "rating" or "comment" or "agent_id" or "message_id" or "client_message_id" or "branch" or "created_at" => "is a property of its own",
                ['$', ..] => "starts with '$'",
                _ when name.Contains('\0', StringComparison.Ordinal) => "contains NUL",
                _ => null,
            };
            if (fault is not null)
            {
                throw new ArgumentException($"The name '{name}' of a feedback field {fault}.", paramName);
            }
        }
    }
}
