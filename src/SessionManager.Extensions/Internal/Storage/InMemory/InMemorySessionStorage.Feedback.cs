using MongoDB.Bson;
using SessionManager.Internal.Storage.Documents;

namespace SessionManager.Internal.Storage.InMemory;

internal sealed partial class InMemorySessionStorage
{
    /// <inheritdoc/>
    protected override async Task<Feedback> AddFeedbackCoreAsync(string sessionId, Feedback feedback, CancellationToken cancellationToken)
    {
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
    protected override async Task<IReadOnlyList<Feedback>> GetFeedbacksCoreAsync(string sessionId, CancellationToken cancellationToken)
    {
        using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
        return Find(sessionId)?.Document?[Fields.Feedbacks] is BsonArray feedbacks
            ? [.. feedbacks.Select(static feedback => FeedbackDocument.Read(Copy(feedback.AsBsonDocument)))]
            : [];
    }
}
