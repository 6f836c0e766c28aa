using System.ComponentModel;
using Microsoft.AspNetCore.Http.HttpResults;
using SessionManager;

namespace ChatApi;

internal static class FeedbackEndpoint
{
    /// <summary>Adds feedback on the session, or on one message of it.</summary>
    public static async Task<Created<FeedbackReceipt>> PostAsync(
        [Description("The id of the session.")] string sessionId,
        FeedbackRequest request,
        ISessionManagerFactory sessions,
        CancellationToken cancellationToken)
    {
        await using var session = sessions.Create(sessionId);
        if (!await session.SessionExistsAsync(cancellationToken))
        {
            // Feedback by itself would create it.
            throw new SessionNotFoundException(new SessionKey(session.Owner, sessionId).ToString());
        }

        var feedback = new Feedback
        {
            // A second opinion of the same user takes the place of the first.
            UserId = session.Owner.User,
            Rating = request.Rating,
            Comment = request.Comment,
            AgentId = (request.Position, request.MessageId) is (null, null) ? null : AnswerEndpoint.AgentId,
            Position = request.Position,
            MessageId = request.MessageId,
        };
        var added = await session.AddFeedbackAsync(feedback, cancellationToken);
        return TypedResults.Created((string?)null, new FeedbackReceipt { CreatedAt = added?.CreatedAt });
    }

    public static void Validate(FeedbackValidationContext context)
    {
        if (context.Feedback.Rating is null && string.IsNullOrWhiteSpace(context.Feedback.Comment))
        {
            context.AddError("rating", "There must be a rating or a comment.");
        }
    }
}
