using MongoDB.Driver;
using SessionManager.Internal.Storage.Documents;

namespace SessionManager.Internal.Storage.Mongo.Appending;

internal sealed partial class MessageInserter
{
    private static readonly BulkWriteOptions Ordered = new() { IsOrdered = true };
    private static readonly BulkWriteOptions Unordered = new() { IsOrdered = false };

    private async Task SendAsync(List<PendingInsert> first)
    {
        for (var group = first; group is not null;)
        {
            var sent = group.Count;
            var error = group is [var single]
                ? await SendAloneAsync(single).ConfigureAwait(false)
                : await SendTogetherAsync(group).ConfigureAwait(false);
            group = TakeNext(sent, isServerAway: error is TimeoutException);

            // Continuations of the outcomes just set run first: what they append at once goes with the next insert too, instead
            // of one message by itself and the others behind it.
            await Task.Yield();
        }
    }

    private async Task<Exception?> SendAloneAsync(PendingInsert pending)
    {
        // Awaited without throwing: whatever the outcome is, it is the caller's, and the loop goes on with what waits.
        var start = timeProvider.GetTimestamp();
        var insert = InsertAloneAsync(pending.Messages, pending.CancellationToken);
        await ((Task)insert).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (insert.IsCanceled)
        {
            pending.TrySetCanceled(pending.CancellationToken);
        }
        else if (insert.Exception?.InnerException is { } error)
        {
            pending.TrySetException(error);
        }
        else
        {
            Observe(start, pending.Messages.Count);
            pending.TrySetResult(await insert.ConfigureAwait(false));
        }

        return insert.Exception?.InnerException;
    }

    /// <summary>
    /// Inserts the messages of several calls with one command.
    /// </summary>
    /// <remarks>
    /// Single messages need no order: each is stored or not. Those of a call with several are to be stored up to some one of them, and
    /// an insert without order would store later ones beside a position that another writer has taken. So they go in order, and
    /// where one is refused, the calls behind it go on by another insert.
    /// </remarks>
    private async Task<Exception?> SendTogetherAsync(List<PendingInsert> group)
    {
        // Where messages of other processes have the same keys, some servers let one insert wait for the other, key by
        // key. In one order, they never wait for each other.
        group.Sort(static (a, b) => Compare(a.Messages[0], b.Messages[0]));
        var isOrdered = group[0].Messages.Count > 1;
        Exception? error;
        for (var next = 0; ;)
        {
            var start = timeProvider.GetTimestamp();
            MessageDocument[] messages = [.. group.Skip(next).SelectMany(static pending => pending.Messages)];

            // The insert belongs to many, so no caller can cancel it.
            Task insert = SendAsync(messages, isOrdered, CancellationToken.None);
            await insert.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            error = insert.Exception?.InnerException;
            if (error is null)
            {
                Observe(start, messages.Length);
            }

            // Before any caller comes back, whose next message would not be counted yet.
            SetShare();
            next = End(group, next, isOrdered, error);
            if (next == group.Count)
            {
                return error;
            }
        }
    }

    private Task<BulkWriteResult<MessageDocument>> SendAsync(IReadOnlyCollection<MessageDocument> messages, bool isOrdered, CancellationToken cancellationToken) =>
        collection.BulkWriteAsync(
            messages.Select(static message => new InsertOneModel<MessageDocument>(message)), isOrdered ? Ordered : Unordered, cancellationToken);

    /// <summary>
    /// Gives each call of an insert its own outcome.
    /// </summary>
    /// <returns>The index of the first call that the insert has not come to.</returns>
    private static int End(List<PendingInsert> group, int first, bool isOrdered, Exception? error)
    {
        switch (error)
        {
            case MongoBulkWriteException exception when isOrdered:
                return EndInOrder(group, first, exception);
            case MongoBulkWriteException exception:
                EndEach(group, exception);
                break;
            case null:
                EndRest(group, first, static pending => pending.TrySetResult(new InsertOutcome(pending.Messages.Count)));
                break;
            // Not because of any message, so any of them may be stored: each call decides by itself whether it sends its own again.
            case TimeoutException or ObjectDisposedException:
            case MongoException exception when InsertFaults.IsInterruption(exception):
                EndRest(group, first, pending => pending.TrySetException(error));
                break;
            default:
                EndRest(group, first, static pending => pending.TrySetResult(InsertOutcome.Unknown));
                break;
        }

        return group.Count;
    }

    private static void EndRest(List<PendingInsert> group, int first, Action<PendingInsert> end)
    {
        foreach (var pending in group.Skip(first))
        {
            end(pending);
        }
    }

    private static void EndEach(List<PendingInsert> group, MongoBulkWriteException exception)
    {
        foreach (var error in exception.WriteErrors)
        {
            group[error.Index].TrySetResult(new InsertOutcome(Stored: 0, error, exception.WriteConcernError, exception.ConnectionId));
        }

        // Those that have their error already keep it. The others are stored, perhaps not as safely as asked for: so it is for each
        // message of the command.
        group.ForEach(pending => pending.TrySetResult(new InsertOutcome(Stored: 1, Error: null, exception.WriteConcernError, exception.ConnectionId)));
    }

    private static int EndInOrder(List<PendingInsert> group, int first, MongoBulkWriteException exception)
    {
        var error = exception.WriteErrors is [var refused, ..] ? refused : null;
        var left = error?.Index ?? int.MaxValue;
        for (var i = first; i < group.Count; i++)
        {
            var count = group[i].Messages.Count;
            var stored = Math.Min(count, left);
            left -= stored;
            group[i].TrySetResult(new InsertOutcome(stored, stored < count ? error : null, exception.WriteConcernError, exception.ConnectionId));
            if (stored < count)
            {
                return i + 1;
            }
        }

        return group.Count;
    }

    private static int Compare(MessageDocument a, MessageDocument b)
    {
        var bySession = string.CompareOrdinal(a.SessionId, b.SessionId);
        return bySession != 0 ? bySession : string.CompareOrdinal(a.AgentId, b.AgentId);
    }
}
