using MongoDB.Driver;
using SessionManager.Internal.Storage.Documents;

namespace SessionManager.Internal.Storage.Mongo.Appending;

/// <summary>
/// Inserts messages, those that come while others are on their way together in one command.
/// </summary>
/// <remarks>
/// There is neither a timer nor a thread: a message that finds nothing on its way goes at once, by itself, and what comes
/// in the meantime goes when an insert ends, or as soon as it is worth an insert of its own. So the busier the server, the
/// more messages share a command.
/// </remarks>
internal sealed partial class MessageInserter(IMongoCollection<MessageDocument> collection)
{
    // While the server works on one insert, the next one is made and sent.
    internal const int MaxInserts = 2;

    // Fewer are not worth a second insert.
    internal const int MinShare = 8;

    // Larger inserts gain nothing, but delay every message in them.
    internal const int MaxDocuments = 256;
    internal const int MaxBytes = 4 * 1024 * 1024;

    // A message that takes longer to transfer than a command costs does not travel with others.
    private const int MaxGroupedSize = 256 * 1024;

    private readonly Lock _lock = new();
    private readonly LinkedList<PendingInsert> _waiting = new();
    private int _inserts;
    private int _documents;
    private int _share = MinShare;

    // As long as all on their way are single ones, no message waits. Else a second insert waits for its share, or for the
    // end of the first.
    private bool CanSend => _inserts < MaxInserts && (_documents == _inserts || _waiting.Count >= _share);

    /// <summary>
    /// Inserts a message, and ends when the server has acknowledged it.
    /// </summary>
    /// <returns>
    /// False when an insert of several messages failed as a whole, for a reason that may be another message's. The message
    /// may be stored or not; what is wrong with it, if anything, shows when it is inserted by itself.
    /// </returns>
    /// <exception cref="MongoException">As by <see cref="IMongoCollection{T}.InsertOneAsync(T, InsertOneOptions, CancellationToken)"/>.</exception>
    public Task<bool> TryInsertAsync(MessageDocument document, CancellationToken cancellationToken)
    {
        // Not counted among the inserts either: it would make the small ones wait for its transfer.
        if (document.Message.Slice.Length > MaxGroupedSize)
        {
            return InsertAloneAsync(document, cancellationToken);
        }

        PendingInsert? pending = null;
        List<PendingInsert>? group = null;
        lock (_lock)
        {
            if (_waiting.Count == 0 && CanSend)
            {
                // Nothing to share with: it goes in the caller's own flow, with its trace and its token.
                Count(inserts: 1, documents: 1);
            }
            else
            {
                pending = new PendingInsert(document, cancellationToken);
                _waiting.AddLast(pending.Node);
                // This message may be the one that completes a share.
                group = CanSend ? TakeGroup() : null;
            }
        }

        if (group is not null)
        {
            Start(group);
        }

        return pending is null ? InsertFirstAsync(document, cancellationToken)
            : cancellationToken.CanBeCanceled ? WaitAsync(pending)
            : pending.Task;
    }

    private async Task<bool> InsertAloneAsync(MessageDocument document, CancellationToken cancellationToken)
    {
        await collection.InsertOneAsync(document, options: null, cancellationToken).ConfigureAwait(false);
        return true;
    }

    private async Task<bool> InsertFirstAsync(MessageDocument document, CancellationToken cancellationToken)
    {
        var isServerAway = false;
        try
        {
            return await InsertAloneAsync(document, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            isServerAway = true;
            throw;
        }
        finally
        {
            SetShare();

            // Elsewhere: making a command takes time, and this caller's message is stored.
            if (TakeNext(sentDocuments: 1, isServerAway) is { } group)
            {
                Start(group);
            }
        }
    }

    private async Task<bool> WaitAsync(PendingInsert pending)
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
    /// Ends a message's wait. Where it is on its way with others, the insert goes on for them.
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

    /// <summary>
    /// Notes how many messages there are, when an insert of some has ended and before their callers come back: that many
    /// are to share the next inserts, however the callers return.
    /// </summary>
    private void SetShare()
    {
        lock (_lock)
        {
            _share = Math.Max(MinShare, (_waiting.Count + _documents + MaxInserts - 1) / MaxInserts);
        }
    }

    /// <summary>
    /// Notes that an insert has ended, and takes what has come in the meantime, if anything, for the caller to send.
    /// </summary>
    /// <param name="sentDocuments">How many messages the insert had.</param>
    /// <param name="isServerAway">
    /// Whether it ended by a time-out. Then all go, each to meet its own: one after the other they would wait for many.
    /// </param>
    private List<PendingInsert>? TakeNext(int sentDocuments, bool isServerAway)
    {
        List<PendingInsert>? next = null;
        lock (_lock)
        {
            Count(inserts: -1, -sentDocuments);
            while (_waiting.Count > 0 && (CanSend || isServerAway))
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

    private void Count(int inserts, int documents)
    {
        _inserts += inserts;
        _documents += documents;
    }

    // Without the caller's context: the insert belongs to several calls, and so to the trace of none.
    private void Start(List<PendingInsert> group) => ThreadPool.UnsafeQueueUserWorkItem(
        static state => _ = state.Inserter.SendAsync(state.Group),
        (Inserter: this, Group: group),
        preferLocal: false);

    /// <summary>
    /// Takes the messages of the next insert: a fair share of all, so that the inserts stay of one size.
    /// </summary>
    private List<PendingInsert> TakeGroup()
    {
        var count = Math.Min(Math.Min(_share, MaxDocuments), _waiting.Count);
        var group = new List<PendingInsert>(count);
        var bytes = 0;
        while (group.Count < count)
        {
            var next = _waiting.First!.Value;
            bytes += next.Document.Message.Slice.Length;
            // Another one would exceed the bound; it begins the next group.
            if (bytes > MaxBytes && group.Count > 0)
            {
                break;
            }

            _waiting.RemoveFirst();
            group.Add(next);
        }

        Count(inserts: 1, group.Count);
        return group;
    }
}
