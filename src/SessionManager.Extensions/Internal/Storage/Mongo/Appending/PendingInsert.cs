using SessionManager.Internal.Storage.Documents;

namespace SessionManager.Internal.Storage.Mongo.Appending;

/// <summary>
/// A message that goes with the next insert, and the wait for its outcome: whether that insert tells it.
/// </summary>
internal sealed class PendingInsert : TaskCompletionSource<bool>
{
    // A caller goes on elsewhere: one that blocks must not hold up the outcomes of the others.
    public PendingInsert(MessageDocument document, CancellationToken cancellationToken)
        : base(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        Document = document;
        CancellationToken = cancellationToken;
        Node = new LinkedListNode<PendingInsert>(this);
    }

    public MessageDocument Document { get; }

    public CancellationToken CancellationToken { get; }

    public LinkedListNode<PendingInsert> Node { get; }
}
