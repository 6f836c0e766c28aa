using MongoDB.Bson;
using MongoDB.Driver;
using SessionManager.Internal.Storage.Mongo.Sharing;
using PendingUpdate = SessionManager.Internal.Storage.Mongo.Sharing.PendingCall<SessionManager.Internal.Storage.Mongo.Updating.SessionUpdate, bool>;

namespace SessionManager.Internal.Storage.Mongo.Updating;

/// <summary>
/// Updates session documents, those of calls that meet by one command. What becomes of an update is whether it has found its session.
/// </summary>
/// <remarks>
/// The server says how many statements of a command have found a document, not which. Where all have, that is all there is to know.
/// Else each call finds out by itself: by an update of its own, or where that would be one too many, by what the first would have left.
/// </remarks>
internal sealed class SessionUpdater(IMongoCollection<BsonDocument> collection, TimeProvider timeProvider)
    : CommandSharer<SessionUpdate, bool>(collection.Database.Client.Settings.MaxConnectionPoolSize, timeProvider)
{
    /// <summary>
    /// Gets the collection, with the write concern of the updates.
    /// </summary>
    public IMongoCollection<BsonDocument> Collection => collection;

    private static readonly BulkWriteOptions Unordered = new() { IsOrdered = false };

    /// <inheritdoc/>
    public override async Task<bool> SendAloneAsync(SessionUpdate call, CancellationToken cancellationToken)
    {
        var result = await collection.UpdateOneAsync(call.Filter, call.Update, cancellationToken: cancellationToken).ConfigureAwait(false);
        return result.MatchedCount > 0;
    }

    /// <inheritdoc/>
    protected override async Task<Exception?> SendTogetherAsync(List<PendingUpdate> group)
    {
        // In one order, so that two processes never wait for each other, session by session.
        group.Sort(static (a, b) => string.CompareOrdinal(a.Call.SessionId, b.Call.SessionId));
        var start = GetTimestamp();
        var update = collection.BulkWriteAsync(
            group.Select(static pending => new UpdateOneModel<BsonDocument>(pending.Call.Filter, pending.Call.Update)), Unordered, CancellationToken.None);
        await ((Task)update).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var error = update.Exception?.InnerException;
        // Before any caller comes back, whose next update would not be counted yet.
        Answered(start, error is null ? group.Count : 0);
        switch (error)
        {
            case null:
                End(group, hasAll: (await update.ConfigureAwait(false)).MatchedCount == group.Count, concernError: null);
                break;
            case MongoBulkWriteException<BsonDocument> exception:
                EndEach(group, exception);
                break;
            // As each would have met by itself. Whether it is carried out is not known, as after any such error.
            case TimeoutException or ObjectDisposedException or MongoConnectionException or MongoConnectionPoolPausedException:
                group.ForEach(pending => pending.TrySetException(error));
                break;
            default:
                End(group, hasAll: false, concernError: null);
                break;
        }

        return error;
    }

    /// <inheritdoc/>
    protected override int GetStatements(SessionUpdate call) => 1;

    /// <inheritdoc/>
    protected override long GetBytes(SessionUpdate call) => call.Bytes;

    /// <inheritdoc/>
    protected override bool GoesAlone(SessionUpdate call) => call.IsConditional || base.GoesAlone(call);

    /// <inheritdoc/>
    protected override bool CanShare(SessionUpdate first, SessionUpdate other) => true;

    private void EndEach(List<PendingUpdate> group, MongoBulkWriteException<BsonDocument> exception)
    {
        List<PendingUpdate> others = [.. group];
        foreach (var error in exception.WriteErrors)
        {
            // Without the exception itself, which tells of the other updates too.
            group[error.Index].TrySetException(new MongoWriteException(exception.ConnectionId, error, exception.WriteConcernError, innerException: null));
            others.Remove(group[error.Index]);
        }

        var concernError = exception.WriteConcernError is null ? null : new MongoWriteException(exception.ConnectionId, null, exception.WriteConcernError, innerException: null);
        End(others, exception.Result.MatchedCount == others.Count, concernError);
    }

    private void End(List<PendingUpdate> group, bool hasAll, Exception? concernError)
    {
        foreach (var pending in group)
        {
            if (!hasAll)
            {
                _ = ResolveAsync(pending);
            }
            else if (concernError is null)
            {
                pending.TrySetResult(true);
            }
            else
            {
                pending.TrySetException(concernError);
            }
        }
    }

    private async Task ResolveAsync(PendingUpdate pending)
    {
        var sending = FindOrSendAsync(pending.Call, pending.CancellationToken);
        await ((Task)sending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        pending.TrySetFromTask(sending);
    }

    private async Task<bool> FindOrSendAsync(SessionUpdate call, CancellationToken cancellationToken)
    {
        var isDone = call.Done is { } done && await collection.Find(done).Limit(1).AnyAsync(cancellationToken).ConfigureAwait(false);
        return isDone || await SendAloneAsync(call, cancellationToken).ConfigureAwait(false);
    }
}
