namespace SessionManager.Internal.Hooks;

internal sealed class DelegateFeedbackHook(Func<FeedbackHookContext, FeedbackHookNext, ValueTask<Feedback?>> hook) : IFeedbackHook
{
    /// <inheritdoc/>
    public ValueTask<Feedback?> InvokeAsync(FeedbackHookContext context, FeedbackHookNext next) => hook(context, next);
}
