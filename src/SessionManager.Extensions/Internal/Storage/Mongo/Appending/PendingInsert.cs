using SessionManager.Internal.Storage.Documents;

namespace SessionManager.Internal.Storage.Mongo.Appending;

/// <summary>
/// A message that goes with the next insert, and the wait for its outcome: whether that insert tells it.
/// </summary>
internal sealed class PendingInsert : TaskCompletionSource<bool>
{
    // Whoever waits goes on elsewhere: it must not hold up the others' outcomes.
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
