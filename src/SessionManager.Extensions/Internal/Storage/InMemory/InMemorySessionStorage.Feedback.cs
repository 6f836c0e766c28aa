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
        if (feedback.AgentId is { } agentId)
        {
            var found = session.FindMessages(agentId)?.FindLastIndex(message =>
                (feedback.Position ?? message.Position) == message.Position && (feedback.MessageId ?? message.ClientId) == message.ClientId);
            FeedbackDocument.SetPosition(document, found is >= 0 and var position ? position : throw FeedbackDocument.ToNotFound(sessionId, feedback));
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
