using SessionManager.Internal.Shared;

namespace SessionManager;

public abstract partial class SessionStorage
{
    private const int MaxFeedbacks = 1000;

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

    /// <summary>
    /// Lists feedback of a session, page by page, in the order in which it was added.
    /// </summary>
    /// <param name="sessionId">The id of the session.</param>
    /// <param name="query">Selects the feedback and the page.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The page; empty when the session does not exist.</returns>
    /// <exception cref="ArgumentException">
    /// The limit is out of its range, a position is given without its agent, an id cannot be one, or <see cref="FeedbackQuery.After"/> is not the end of a page.
    /// </exception>
    public Task<FeedbackPage> ListFeedbacksAsync(string sessionId, FeedbackQuery query, CancellationToken cancellationToken = default)
    {
        SessionKey.ThrowIfInvalid(sessionId, nameof(sessionId));
        ArgumentNullException.ThrowIfNull(query);
        ArgumentOutOfRangeException.ThrowIfLessThan(query.Limit, 1, $"{nameof(query)}.{nameof(query.Limit)}");
        ArgumentOutOfRangeException.ThrowIfGreaterThan(query.Limit, MaxFeedbacks, $"{nameof(query)}.{nameof(query.Limit)}");
        ArgumentOutOfRangeException.ThrowIfNegative(query.Position ?? 0, $"{nameof(query)}.{nameof(query.Position)}");
        if (query.AgentId is not null)
        {
            Identifier.ThrowIfInvalid(query.AgentId, $"{nameof(query)}.{nameof(query.AgentId)}");
        }
        else if (query.Position is not null)
        {
            throw new ArgumentException("A position is one of an agent's messages, and needs the agent id.", nameof(query));
        }

        if (query.UserId is not null)
        {
            Identifier.ThrowIfInvalid(query.UserId, $"{nameof(query)}.{nameof(query.UserId)}");
        }

        return ListFeedbacksCoreAsync(sessionId, query, cancellationToken);
    }

    /// <inheritdoc cref="ListFeedbacksAsync"/>
    /// <remarks>The arguments have been checked, except for <see cref="FeedbackQuery.After"/>.</remarks>
    protected abstract Task<FeedbackPage> ListFeedbacksCoreAsync(string sessionId, FeedbackQuery query, CancellationToken cancellationToken);

    /// <summary>
    /// Removes feedback.
    /// </summary>
    /// <param name="sessionId">The id of the session.</param>
    /// <param name="feedbackId">The <see cref="Feedback.Id"/>.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>False when the feedback or the session is not there.</returns>
    /// <exception cref="ArgumentException">The id is null or empty, or no well-formed text.</exception>
    public Task<bool> DeleteFeedbackAsync(string sessionId, string feedbackId, CancellationToken cancellationToken = default)
    {
        SessionKey.ThrowIfInvalid(sessionId, nameof(sessionId));
        ArgumentException.ThrowIfNullOrEmpty(feedbackId);
        Identifier.ThrowIfIllFormed(feedbackId, nameof(feedbackId));

        return DeleteFeedbackCoreAsync(sessionId, feedbackId, cancellationToken);
    }

    /// <inheritdoc cref="DeleteFeedbackAsync"/>
    /// <remarks>The arguments have been checked.</remarks>
    protected abstract Task<bool> DeleteFeedbackCoreAsync(string sessionId, string feedbackId, CancellationToken cancellationToken);

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

        if (feedback.UserId is not null)
        {
            Identifier.ThrowIfInvalid(feedback.UserId, $"{nameof(feedback)}.{nameof(feedback.UserId)}");
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
