using MongoDB.Bson;
using MongoDB.Driver;
using SessionManager.Internal.Storage.Documents;

namespace SessionManager.Internal.Storage.Mongo;

internal sealed partial class MongoSessionStorage
{
    /// <inheritdoc/>
    protected override async Task<Feedback> AddFeedbackCoreAsync(string sessionId, Feedback feedback, AgentBranch? branch, CancellationToken cancellationToken)
    {
        var now = Now();
        var document = FeedbackDocument.ToBson(feedback, now);

        // Two commands are safe: a message goes only with its session, and the update finds out whether that is there.
        if (branch is not null)
        {
            var position = await _messages.FindAsync(sessionId, branch, feedback.Position, feedback.MessageId, cancellationToken).ConfigureAwait(false);
            if (position is not { } found)
            {
                throw await ExistsAsync(sessionId, cancellationToken).ConfigureAwait(false)
                    ? FeedbackDocument.ToNotFound(sessionId, feedback)
                    : new SessionNotFoundException(sessionId);
            }

            FeedbackDocument.SetPosition(document, branch, found);
        }

        var update = new BsonDocument
        {
            { "$push", new BsonDocument(Fields.Feedbacks, document) },
            { "$set", new BsonDocument(Fields.UpdatedAt, now) },
        };
        var filter = SessionDocument.ToFilter(sessionId);
        var done = SessionDocument.ToFilter(sessionId).Add(Fields.Feedbacks, document);
        try
        {
            await UpdateOrThrowAsync(new(sessionId, filter, update) { Done = done }, cancellationToken).ConfigureAwait(false);
        }
        catch (MongoException e) when (HasCode(e, BadValue))
        {
            throw new DamagedSessionException(sessionId, agentId: null, Fields.Feedbacks);
        }

        return FeedbackDocument.Read(document);
    }

    /// <inheritdoc/>
    protected override async Task<IReadOnlyList<Feedback>> GetFeedbacksCoreAsync(string sessionId, CancellationToken cancellationToken)
    {
        var session = await FindAsync(sessionId, new BsonDocument(Fields.Feedbacks, 1), cancellationToken).ConfigureAwait(false);
        return session?.GetValue(Fields.Feedbacks, BsonNull.Value) is BsonArray feedbacks
            ? [.. feedbacks.OfType<BsonDocument>().Select(FeedbackDocument.Read)]
            : [];
    }
}
