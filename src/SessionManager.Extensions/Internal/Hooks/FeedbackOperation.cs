using SessionManager.Internal.Shared;
using Chain = SessionManager.Internal.Hooks.HookChain<
    SessionManager.IFeedbackHook,
    SessionManager.FeedbackHookContext,
    SessionManager.Feedback?>;

namespace SessionManager.Internal.Hooks;

/// <summary>
/// One addition or removal of feedback on its way through the hooks to the storage and back.
/// </summary>
internal sealed class FeedbackOperation(Chain chain, FeedbackHookContext operation, SessionWriter writer)
    : HookedOperation<IFeedbackHook, FeedbackHookContext, Feedback?>(chain, operation, operation.CancellationToken)
{
    public static Task<Feedback?> RunAsync(Chain chain, FeedbackHookContext operation, SessionWriter writer) =>
        new FeedbackOperation(chain, operation, writer).RunAsync().AsTask();

    /// <inheritdoc/>
    public override void ThrowIfOtherOperation(FeedbackHookContext context)
    {
        if (context.Action != Operation.Action || !ReferenceEquals(context.Session, Operation.Session))
        {
            throw new ArgumentException("A hook can change the payload of an operation, but neither its action nor its session.", nameof(context));
        }
    }

    protected override ValueTask<Feedback?> InvokeAsync(
        IFeedbackHook hook,
        FeedbackHookContext context,
        HookCall<IFeedbackHook, FeedbackHookContext, Feedback?> next) => hook.InvokeAsync(context, next.ContinueAsync);

    protected override async ValueTask<Feedback?> StoreAsync(FeedbackHookContext context) => context switch
    {
        { Action: FeedbackAction.Add, Feedback: { } feedback } => await writer.AddFeedbackAsync(feedback, context.CancellationToken).ConfigureAwait(false),
        { Feedback.Id: { } id } => await writer.DeleteFeedbackAsync(id, context.CancellationToken).ConfigureAwait(false) ? context.Feedback : null,
        _ => throw new ArgumentException("A hook passed on an operation without its payload."),
    };
}
