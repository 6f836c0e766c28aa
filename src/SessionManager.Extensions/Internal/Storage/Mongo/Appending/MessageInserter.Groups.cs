using MongoDB.Driver;
using SessionManager.Internal.Storage.Documents;

namespace SessionManager.Internal.Storage.Mongo.Appending;

internal sealed partial class MessageInserter
{
    private static readonly BulkWriteOptions Unordered = new() { IsOrdered = false };

    private async Task SendAsync(List<PendingInsert> first)
    {
        var isServerAway = false;
        for (var group = first; group is not null; group = TakeNext(group.Count, isServerAway))
        {
            var error = group is [var single]
                ? await SendAloneAsync(single).ConfigureAwait(false)
                : await SendTogetherAsync(group).ConfigureAwait(false);
            isServerAway = error is TimeoutException;

            // Continuations of the outcomes just set run first: what they append at once goes with the next insert too, instead
            // of one message by itself and the others behind it.
            await Task.Yield();
        }
    }

    private async Task<Exception?> SendAloneAsync(PendingInsert pending)
    {
        // Awaited without throwing: whatever the outcome is, it is the caller's, and the loop goes on with what waits.
        var insert = InsertAloneAsync(pending.Document, pending.CancellationToken);
        await ((Task)insert).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var error = insert.Exception?.InnerException;
        if (insert.IsCanceled)
        {
            pending.TrySetCanceled(pending.CancellationToken);
        }
        else if (error is not null)
        {
            pending.TrySetException(error);
        }
        else
        {
            pending.TrySetResult(true);
        }

        return error;
    }

    private async Task<Exception?> SendTogetherAsync(List<PendingInsert> group)
    {
        // Where messages of other processes have the same keys, some servers let one insert wait for the other, key by
        // key. In one order, they never wait for each other.
        group.Sort(static (a, b) => Compare(a.Document, b.Document));
        var insert = InsertManyAsync(group);
        await insert.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        // Before any caller comes back, whose next message would not be counted yet.
        SetShare();
        var error = insert.Exception?.InnerException;
        switch (error)
        {
            case null:
                group.ForEach(static pending => pending.TrySetResult(true));
                break;
            case MongoBulkWriteException exception:
                EndEach(group, exception);
                break;
            // Any of them may be stored: each call decides by itself whether it sends its message again.
            case Exception when IsUnreachable(error):
                group.ForEach(pending => pending.TrySetException(error));
                break;
            default:
                // Refused as a whole, perhaps for one message. Which one shows when each goes by itself.
                group.ForEach(static pending => pending.TrySetResult(false));
                break;
        }

        return error;
    }

    // The insert belongs to many, so no caller can cancel it.
    private async Task InsertManyAsync(List<PendingInsert> group)
    {
        var models = group.ConvertAll(static pending => new InsertOneModel<MessageDocument>(pending.Document));
        await collection.BulkWriteAsync(models, Unordered, CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>
    /// Gives each message its own outcome. Those without an error are stored.
    /// </summary>
    private static void EndEach(List<PendingInsert> group, MongoBulkWriteException exception)
    {
        foreach (var error in exception.WriteErrors)
        {
            group[error.Index].TrySetException(ToException(exception, error));
        }

        // Those that have their error already keep it.
        foreach (var pending in group)
        {
            if (exception.WriteConcernError is null)
            {
                pending.TrySetResult(true);
            }
            else
            {
                // Stored, but not as safely as asked for: so it is for each message of the command.
                pending.TrySetException(ToException(exception, error: null));
            }
        }
    }

    // Without the exception itself, which tells of the other messages too.
    private static MongoWriteException ToException(MongoBulkWriteException exception, BulkWriteError? error) =>
        new(exception.ConnectionId, error, exception.WriteConcernError, innerException: null);

    // Not because of any message: each would have met the same by itself.
    private static bool IsUnreachable(Exception exception) => exception
        is MongoConnectionException
        or MongoConnectionPoolPausedException
        or MongoNotPrimaryException
        or MongoNodeIsRecoveringException
        or TimeoutException
        or ObjectDisposedException;

    private static int Compare(MessageDocument a, MessageDocument b)
    {
        var bySession = string.CompareOrdinal(a.SessionId, b.SessionId);
        return bySession != 0 ? bySession : string.CompareOrdinal(a.AgentId, b.AgentId);
    }
}
