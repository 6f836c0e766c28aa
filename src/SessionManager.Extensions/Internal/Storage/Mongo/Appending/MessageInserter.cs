using MongoDB.Driver;
using SessionManager.Internal.Storage.Documents;
using SessionManager.Internal.Storage.Mongo.Sharing;
using PendingInsert = SessionManager.Internal.Storage.Mongo.Sharing.PendingCall<
    System.ArraySegment<SessionManager.Internal.Storage.Documents.MessageDocument>,
    SessionManager.Internal.Storage.Mongo.Appending.InsertOutcome>;

namespace SessionManager.Internal.Storage.Mongo.Appending;

/// <summary>
/// Inserts messages, those of calls that meet in one command.
/// </summary>
/// <remarks>
/// Single messages need no order: each is stored or not. Those of a call with several are to be stored up to some one of them, and
/// an insert without order would store later ones beside a position that another writer has taken. So they go in order, and
/// where one is refused, the calls behind it go on by another insert.
/// </remarks>
internal sealed class MessageInserter(IMongoCollection<MessageDocument> collection, TimeProvider timeProvider)
    : CommandSharer<ArraySegment<MessageDocument>, InsertOutcome>(collection.Database.Client.Settings.MaxConnectionPoolSize, timeProvider)
{
    private static readonly BulkWriteOptions Ordered = new() { IsOrdered = true };
    private static readonly BulkWriteOptions Unordered = new() { IsOrdered = false };

    /// <inheritdoc/>
    public override async Task<InsertOutcome> SendAloneAsync(ArraySegment<MessageDocument> call, CancellationToken cancellationToken)
    {
        try
        {
            await InsertAsync(call, isOrdered: true, cancellationToken).ConfigureAwait(false);
            return new InsertOutcome(call.Count);
        }
        catch (MongoBulkWriteException exception)
        {
            // An ordered insert stops at the first error, so all before it are stored.
            var error = exception.WriteErrors is [var first, ..] ? first : null;
            return new InsertOutcome(error?.Index ?? call.Count, error, exception.WriteConcernError, exception.ConnectionId);
        }
    }

    /// <inheritdoc/>
    protected override async Task<Exception?> SendTogetherAsync(List<PendingInsert> group)
    {
        // Where messages of other processes have the same keys, some servers let one insert wait for the other, key by
        // key. In one order, they never wait for each other.
        group.Sort(static (a, b) => Compare(a.Call[0], b.Call[0]));
        var isOrdered = group[0].Call.Count > 1;
        for (var next = 0; ;)
        {
            var start = GetTimestamp();
            MessageDocument[] messages = [.. group.Skip(next).SelectMany(static pending => pending.Call)];

            // The insert belongs to many, so no caller can cancel it.
            Task insert = InsertAsync(messages, isOrdered, CancellationToken.None);
            await insert.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            var error = insert.Exception?.InnerException;
            // Before any caller comes back, whose next message would not be counted yet.
            Answered(start, error is null ? messages.Length : 0);
            next = End(group, next, isOrdered, error);
            if (next == group.Count)
            {
                return error;
            }
        }
    }

    /// <inheritdoc/>
    protected override int GetStatements(ArraySegment<MessageDocument> call) => call.Count;

    /// <inheritdoc/>
    protected override long GetBytes(ArraySegment<MessageDocument> call)
    {
        var bytes = 0L;
        foreach (var message in call)
        {
            bytes += message.Size;
        }

        return bytes;
    }

    /// <inheritdoc/>
    protected override bool CanShare(ArraySegment<MessageDocument> first, ArraySegment<MessageDocument> other) =>
        first.Count == 1 == (other.Count == 1);

    private Task<BulkWriteResult<MessageDocument>> InsertAsync(
        IReadOnlyCollection<MessageDocument> messages, bool isOrdered, CancellationToken cancellationToken) =>
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
                EndRest(group, first, static pending => pending.TrySetResult(new InsertOutcome(pending.Call.Count)));
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
            var count = group[i].Call.Count;
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
