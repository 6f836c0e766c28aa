using SessionManager.Internal.Storage.Documents;

namespace SessionManager.Internal.Storage.Mongo.Appending;

/// <summary>
/// The messages of a call that go with the next insert, in their order, and the wait for what becomes of them.
/// </summary>
internal sealed class PendingInsert : TaskCompletionSource<InsertOutcome>
{
    // A caller goes on elsewhere: one that blocks must not hold up the outcomes of the others.
    public PendingInsert(ArraySegment<MessageDocument> messages, long bytes, CancellationToken cancellationToken)
        : base(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        Messages = messages;
        Bytes = bytes;
        CancellationToken = cancellationToken;
        Node = new LinkedListNode<PendingInsert>(this);
    }

    public ArraySegment<MessageDocument> Messages { get; }

    public long Bytes { get; }

    public CancellationToken CancellationToken { get; }

    public LinkedListNode<PendingInsert> Node { get; }
}
