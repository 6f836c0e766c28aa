using MongoDB.Bson;
using MongoDB.Driver;
using SessionManager.Internal.Storage.Documents;
using SessionManager.Internal.Storage.Mongo.Updating;

namespace SessionManager.Internal.Storage.Mongo;

/// <content>
/// Feedback stands beside its session, under the first branch that the session has. Where a process ends between the two commands of an addition,
/// nothing but the session's time has changed; where the session is deleted in between, nobody reads what is added, and it goes with the rest.
/// </content>
internal sealed partial class MongoSessionStorage
{
    /// <inheritdoc/>
    protected override async Task<Feedback> AddFeedbackCoreAsync(string sessionId, Feedback feedback, AgentBranch? branch, CancellationToken cancellationToken)
    {
        var entry = FeedbackDocument.ToBson(feedback);
        var position = 0;
        if (branch is not null)
        {
            var found = await _messages.FindAsync(sessionId, branch, feedback.Position, feedback.MessageId, cancellationToken).ConfigureAwait(false);
            if (found is null)
            {
                throw await ExistsAsync(sessionId, cancellationToken).ConfigureAwait(false)
                    ? FeedbackDocument.ToNotFound(sessionId, feedback)
                    : new SessionNotFoundException(sessionId);
            }

            position = found.Value;
            FeedbackDocument.SetPosition(entry, branch, position);
        }

        var first = await TouchAsync(sessionId, branch?.Number ?? SessionUpdate.AnyBranch, cancellationToken).ConfigureAwait(false)
            ?? throw new SessionNotFoundException(sessionId);
        var now = _timeProvider.GetUtcNow().UtcDateTime;
        var stored = await _feedback.PutAsync(
            FeedbackKeys.ToFilter(sessionId, first, FeedbackKeys.ToId(feedback, branch, position)),
            FeedbackDocument.ToUpdate(feedback, entry, first, now, _lifetime?.GetMessagesExpiry(sessionId, now)),
            cancellationToken).ConfigureAwait(false);
        return FeedbackDocument.ReadStored(stored, sessionId);
    }

    /// <inheritdoc/>
    protected override async Task<IReadOnlyList<Feedback>> GetFeedbacksCoreAsync(string sessionId, CancellationToken cancellationToken)
    {
        if (await FindAsync(sessionId, SessionDocument.FeedbacksProjection, cancellationToken).ConfigureAwait(false) is not { } session)
        {
            return [];
        }

        var stored = await _feedback
            .ListAsync(FeedbackKeys.ToRange(sessionId, HistoryDocument.ReadFirst(session)), limit: null, cancellationToken)
            .ConfigureAwait(false);
        return [.. FeedbackDocument.ReadEmbedded(session), .. stored.Select(document => FeedbackDocument.ReadStored(document, sessionId))];
    }

    /// <inheritdoc/>
    protected override async Task<FeedbackPage> ListFeedbacksCoreAsync(string sessionId, FeedbackQuery query, CancellationToken cancellationToken)
    {
        var after = FeedbackCursor.Parse(query);
        var projection = after.Key is null ? SessionDocument.FeedbacksProjection : SessionDocument.FirstBranchProjection;
        if (await FindAsync(sessionId, projection, cancellationToken).ConfigureAwait(false) is not { } session)
        {
            return new FeedbackPage { Feedbacks = [] };
        }

        // One more than asked for tells whether there is another page.
        List<(Feedback Feedback, FeedbackCursor End)> found =
        [
            .. FeedbackDocument.ReadEmbedded(session)
                .Select(static (feedback, index) => (Feedback: feedback, End: new FeedbackCursor(index + 1, 0, null)))
                .Skip(after.Embedded)
                .Where(entry => FeedbackDocument.Matches(entry.Feedback, query))
                .Take(query.Limit + 1),
        ];
        if (found.Count <= query.Limit)
        {
            var filter = ToFilter(sessionId, HistoryDocument.ReadFirst(session), query, after);
            var stored = await _feedback.ListAsync(filter, query.Limit + 1 - found.Count, cancellationToken).ConfigureAwait(false);
            found.AddRange(stored.Select(document => (FeedbackDocument.ReadStored(document, sessionId), ToEnd(document))));
        }

        return new FeedbackPage
        {
            Feedbacks = [.. found.Take(query.Limit).Select(static entry => entry.Feedback)],
            Next = found.Count > query.Limit ? found[query.Limit - 1].End.ToString() : null,
        };
    }

    /// <inheritdoc/>
    protected override async Task<bool> DeleteFeedbackCoreAsync(string sessionId, string feedbackId, CancellationToken cancellationToken)
    {
        var session = await FindAsync(sessionId, SessionDocument.FirstAndVersionProjection, cancellationToken).ConfigureAwait(false);
        await ThrowIfUnsupportedAsync(sessionId, session, cancellationToken).ConfigureAwait(false);
        if (session is null
            || !await _feedback.DeleteOneAsync(FeedbackKeys.ToFilter(sessionId, HistoryDocument.ReadFirst(session), feedbackId), cancellationToken).ConfigureAwait(false))
        {
            return false;
        }

        // Of a session that is deleted meanwhile there is no time to keep.
        await TryUpdateAsync(
            new(sessionId, SessionDocument.ToFilter(sessionId), new BsonDocument("$set", new BsonDocument(Fields.UpdatedAt, Now()))), cancellationToken).ConfigureAwait(false);
        return true;
    }

    /// <summary>
    /// Marks a session as updated, and makes it live on.
    /// </summary>
    /// <returns>The first branch that the session has; null where there is none whose branch is meant.</returns>
    private async Task<int?> TouchAsync(string sessionId, int branch, CancellationToken cancellationToken)
    {
        await KeepAsync(sessionId, branch, cancellationToken).ConfigureAwait(false);
        var filter = SessionDocument.ToBranchFilter(sessionId, branch).Add(Fields.SchemaVersion, SessionLayout.Version);
        var update = new BsonDocument("$set", new BsonDocument(Fields.UpdatedAt, Now()));
        var options = new FindOneAndUpdateOptions<BsonDocument, BsonDocument> { Projection = SessionDocument.FirstBranchProjection };
        var session = await _sessions.FindOneAndUpdateAsync<BsonDocument>(filter, update, options, cancellationToken).ConfigureAwait(false);
        if (session is null && await TryUpgradeAsync(sessionId, cancellationToken).ConfigureAwait(false))
        {
            session = await _sessions.FindOneAndUpdateAsync<BsonDocument>(filter, update, options, cancellationToken).ConfigureAwait(false);
        }

        return session is null ? null : HistoryDocument.ReadFirst(session);
    }

    private static BsonDocument ToFilter(string sessionId, int first, FeedbackQuery query, FeedbackCursor after)
    {
        var filter = FeedbackKeys.ToRange(sessionId, first)
            .Add($"{Fields.Feedback}.{Fields.AgentId}", query.AgentId, query.AgentId is not null)
            .Add($"{Fields.Feedback}.{Fields.Position}", query.Position ?? 0, query.Position is not null)
            .Add(Fields.User, query.UserId, query.UserId is not null);
        if (after.Key is null)
        {
            return filter;
        }

        var time = new BsonDateTime(after.Time);
        return filter
            .Add(Fields.CreatedAt, new BsonDocument("$gte", time))
            .Add("$or", new BsonArray
            {
                new BsonDocument(Fields.CreatedAt, new BsonDocument("$gt", time)),
                new BsonDocument(Fields.Id, new BsonDocument("$gt", after.Key)),
            });
    }

    private static FeedbackCursor ToEnd(BsonDocument stored) =>
        new(int.MaxValue, stored.GetValue(Fields.CreatedAt, BsonNull.Value) is BsonDateTime time ? time.MillisecondsSinceEpoch : 0, stored[Fields.Id].AsString);
}
