using MongoDB.Bson;
using SessionManager.Internal.Storage.Documents;

namespace SessionManager.Internal.Storage.InMemory;

internal sealed partial class InMemorySessionRepository
{
    /// <inheritdoc/>
    public async Task<Feedback> AddFeedbackAsync(string sessionId, Feedback feedback, CancellationToken cancellationToken = default)
    {
        Identifier.ThrowIfInvalid(sessionId, nameof(sessionId));
        ArgumentNullException.ThrowIfNull(feedback);

        var document = Copy(FeedbackDocument.ToBson(feedback, Now()));
        using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
        var session = Get(sessionId);
        if (feedback is { AgentId: { } agentId, Position: { } position }
            && (position < 0 || position >= (session.FindMessages(agentId)?.Count ?? 0)))
        {
            throw new MessageNotFoundException(sessionId, agentId, position);
        }

        session.Document![Fields.Feedbacks].AsBsonArray.Add(document);
        Touch(session);
        return FeedbackDocument.Read(Copy(document));
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Feedback>> GetFeedbacksAsync(string sessionId, CancellationToken cancellationToken = default)
    {
        Identifier.ThrowIfInvalid(sessionId, nameof(sessionId));

        using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
        return Find(sessionId)?.Document?[Fields.Feedbacks] is BsonArray feedbacks
            ? [.. feedbacks.Select(static feedback => FeedbackDocument.Read(Copy(feedback.AsBsonDocument)))]
            : [];
    }
}
