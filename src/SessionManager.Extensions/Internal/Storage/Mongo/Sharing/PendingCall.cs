namespace SessionManager.Internal.Storage.Mongo.Sharing;

/// <summary>
/// A call that goes with the next command, and its wait for what becomes of it.
/// </summary>
internal sealed class PendingCall<TCall, TOutcome> : TaskCompletionSource<TOutcome>
{
    // A caller goes on elsewhere: one that blocks must not hold up the outcomes of the others.
    public PendingCall(TCall call, CancellationToken cancellationToken)
        : base(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        Call = call;
        CancellationToken = cancellationToken;
        Node = new LinkedListNode<PendingCall<TCall, TOutcome>>(this);
    }

    public TCall Call { get; }

    public CancellationToken CancellationToken { get; }

    public LinkedListNode<PendingCall<TCall, TOutcome>> Node { get; }
}
