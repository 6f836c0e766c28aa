using System.Diagnostics;
using MongoDB.Driver;
using SessionManager.Internal.Storage.Documents;

namespace SessionManager.Internal.Storage.Mongo.Appending;

/// <summary>
/// Inserts messages, those of calls that come while others are on their way together in one command.
/// </summary>
/// <remarks>
/// There is neither a timer nor a thread. Messages that find nothing waiting go at once, by themselves, as long as the server
/// answers as fast as it does when little is on its way. From there on, what comes in the meantime goes when an insert ends, or as
/// soon as it is worth an insert of its own. So the busier the server, the more messages share a command.
/// </remarks>
internal sealed partial class MessageInserter(IMongoCollection<MessageDocument> collection, TimeProvider timeProvider)
{
    // However busy the server is: while it works on one insert, the next one is made and sent.
    internal const int MaxInserts = 2;

    // Fewer calls are not worth a second insert.
    internal const int MinShare = 8;

    // Larger inserts gain nothing, but delay every message in them.
    internal const int MaxDocuments = 256;
    internal const int MaxBytes = 4 * 1024 * 1024;

    // What takes longer to transfer than a command costs does not travel with others.
    private const int MaxGroupedSize = 256 * 1024;

    private readonly InsertLimit _limit = new(MaxInserts, collection.Database.Client.Settings.MaxConnectionPoolSize, timeProvider);
    private readonly Lock _lock = new();
    private readonly LinkedList<PendingInsert> _waiting = new();
    private int _inserts;
    private int _calls;
    private int _share = MinShare;

    // As long as all on their way are of single calls, none waits. Else a second insert waits for its share, or for the end of
    // the first.
    private bool CanSend => _inserts < MaxInserts && (_calls == _inserts || _waiting.Count >= _share);

    // More than that only where the server is known to take it.
    private bool HasRoom => _limit.Value > MaxInserts && _inserts < _limit.Value;

    /// <summary>
    /// Inserts messages of one call, which are of one agent, and ends when the server has said what became of them.
    /// </summary>
    /// <exception cref="MongoException">As by <see cref="IMongoCollection{T}.BulkWriteAsync(IEnumerable{WriteModel{T}}, BulkWriteOptions, CancellationToken)"/>, but for what is wrong with a message.</exception>
    public Task<InsertOutcome> InsertAsync(ArraySegment<MessageDocument> messages, CancellationToken cancellationToken)
    {
        var bytes = GetBytes(messages);
        // Not counted among the inserts either: it would make the small ones wait for its transfer.
        if (bytes > MaxGroupedSize || messages.Count > MaxDocuments)
        {
            return InsertAloneAsync(messages, cancellationToken);
        }

        PendingInsert? pending = null;
        List<PendingInsert>? group = null;
        lock (_lock)
        {
            if (_waiting.Count == 0 && (HasRoom || CanSend))
            {
                // Nothing to share with: it goes in the caller's own flow, with its trace and its token.
                Count(inserts: 1, calls: 1);
            }
            else
            {
                pending = new PendingInsert(messages, bytes, cancellationToken);
                _waiting.AddLast(pending.Node);
                _limit.Waits();
                // These messages may be the ones that complete a share.
                group = CanSend ? TakeGroup() : null;
            }
        }

        if (group is not null)
        {
            Start(group);
        }

        return pending is null ? InsertFirstAsync(messages, cancellationToken)
            : cancellationToken.CanBeCanceled ? WaitAsync(pending)
            : pending.Task;
    }

    /// <summary>
    /// Inserts messages of one call that share no insert with others.
    /// </summary>
    /// <exception cref="MongoException">As by <see cref="InsertAsync"/>.</exception>
    public async Task<InsertOutcome> InsertAloneAsync(ArraySegment<MessageDocument> messages, CancellationToken cancellationToken)
    {
        try
        {
            await SendAsync(messages, isOrdered: true, cancellationToken).ConfigureAwait(false);
            return new InsertOutcome(messages.Count);
        }
        catch (MongoBulkWriteException exception)
        {
            // An ordered insert stops at the first error, so all before it are stored.
            var error = exception.WriteErrors is [var first, ..] ? first : null;
            return new InsertOutcome(error?.Index ?? messages.Count, error, exception.WriteConcernError, exception.ConnectionId);
        }
    }

    private async Task<InsertOutcome> InsertFirstAsync(ArraySegment<MessageDocument> messages, CancellationToken cancellationToken)
    {
        var start = timeProvider.GetTimestamp();
        var isServerAway = false;
        try
        {
            var outcome = await InsertAloneAsync(messages, cancellationToken).ConfigureAwait(false);
            Observe(start, messages.Count);
            return outcome;
        }
        catch (TimeoutException)
        {
            isServerAway = true;
            throw;
        }
        finally
        {
            SetShare();

            // Elsewhere: making a command takes time, and this caller's messages are stored.
            if (TakeNext(sentCalls: 1, isServerAway) is { } group)
            {
                Start(group);
            }
        }
    }

    private async Task<InsertOutcome> WaitAsync(PendingInsert pending)
    {
        using (pending.CancellationToken.UnsafeRegister(
            static (state, _) =>
            {
                var (inserter, pending) = ((MessageInserter, PendingInsert))state!;
                inserter.Cancel(pending);
            },
            (this, pending)))
        {
            return await pending.Task.ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Ends a call's wait. Where it is on its way with others, the insert goes on for them.
    /// </summary>
    private void Cancel(PendingInsert pending)
    {
        lock (_lock)
        {
            if (pending.Node.List is not null)
            {
                _waiting.Remove(pending.Node);
            }
        }

        pending.TrySetCanceled(pending.CancellationToken);
    }

    private void Observe(long start, int documents)
    {
        var latency = timeProvider.GetElapsedTime(start);
        lock (_lock)
        {
            _limit.Observe(latency, documents);
        }
    }

    /// <summary>
    /// Notes how many calls there are, when an insert of some has ended and before they come back: that many are to share
    /// the next inserts, however the callers return.
    /// </summary>
    private void SetShare()
    {
        lock (_lock)
        {
            var inserts = Math.Max(MaxInserts, _limit.Value);
            _share = Math.Max(MinShare, (_waiting.Count + _calls + inserts - 1) / inserts);
        }
    }

    /// <summary>
    /// Notes that an insert has ended, and takes what has come in the meantime, if anything, for the caller to send.
    /// </summary>
    /// <param name="sentCalls">How many calls the insert was for.</param>
    /// <param name="isServerAway">
    /// Whether it ended by a time-out. Then all go, each to meet its own: one after the other they would wait for many.
    /// </param>
    private List<PendingInsert>? TakeNext(int sentCalls, bool isServerAway)
    {
        List<PendingInsert>? next = null;
        lock (_lock)
        {
            Count(inserts: -1, -sentCalls);
            while (_waiting.Count > 0 && (HasRoom || CanSend || isServerAway))
            {
                if (next is not null)
                {
                    Start(next);
                }

                // One is sent by the caller of this method, further ones at the same time.
                next = TakeGroup();
            }
        }

        return next;
    }

    private void Count(int inserts, int calls)
    {
        _inserts += inserts;
        _calls += calls;
    }

    // Without the caller's context: the insert belongs to several calls, and so to the trace of none.
    private void Start(List<PendingInsert> group) => ThreadPool.UnsafeQueueUserWorkItem(
        static state => _ = state.Inserter.SendAsync(state.Group),
        (Inserter: this, Group: group),
        preferLocal: false);

    /// <summary>
    /// Takes the calls of the next insert: a fair share of all, so that the inserts stay of one size. Those with one message and
    /// those with several go apart, and whoever is first decides: see <see cref="SendTogetherAsync"/>.
    /// </summary>
    private List<PendingInsert> TakeGroup()
    {
        Debug.Assert(_waiting.Count > 0, "There is nothing to take.");
        var count = Math.Min(_share, _waiting.Count);
        var group = new List<PendingInsert>(count);
        var (documents, bytes) = (0, 0L);
        var isOfSingles = _waiting.First!.Value.Messages.Count == 1;
        for (var node = _waiting.First; node is not null && group.Count < count;)
        {
            var (current, pending) = (node, node.Value);
            node = node.Next;
            if (isOfSingles != (pending.Messages.Count == 1))
            {
                continue;
            }

            documents += pending.Messages.Count;
            bytes += pending.Bytes;
            // Another one would exceed the bound; it begins the next group.
            if ((bytes > MaxBytes || documents > MaxDocuments) && group.Count > 0)
            {
                break;
            }

            _waiting.Remove(current);
            group.Add(pending);
        }

        Count(inserts: 1, group.Count);
        return group;
    }

    private static long GetBytes(ArraySegment<MessageDocument> messages)
    {
        var bytes = 0L;
        foreach (var message in messages)
        {
            bytes += message.Message.Slice.Length;
        }

        return bytes;
    }
}
