namespace SessionManager.Internal.Hooks;

/// <summary>
/// What a feedback hook is given as <c>next</c>.
/// </summary>
/// <param name="hooks">The hooks of the chain.</param>
/// <param name="following">The place of the hook that follows.</param>
/// <param name="operation">The operation that the chain was started with.</param>
/// <param name="storage">The storage at the end of the chain.</param>
internal sealed class FeedbackHookCall(IFeedbackHook[] hooks, int following, FeedbackHookContext operation, SessionStorage storage)
    : HookCall<FeedbackHookContext, Feedback?>
{
    /// <summary>
    /// Runs an operation through the hooks, of which there is at least one.
    /// </summary>
    public static Task<Feedback?> RunAsync(IFeedbackHook[] hooks, FeedbackHookContext operation, SessionStorage storage) =>
        operation.CancellationToken.IsCancellationRequested
            ? Task.FromCanceled<Feedback?>(operation.CancellationToken)
            : StartAsync(hooks, operation, storage);

    /// <summary>
    /// Finds the call that a hook's <c>next</c> stands for.
    /// </summary>
    /// <returns>Null when somebody's own code stands in between.</returns>
    public static FeedbackHookCall? Find(FeedbackHookNext next) => next.Target as FeedbackHookCall;

    protected override void ThrowIfOtherOperation(FeedbackHookContext context)
    {
        if (context.Action != operation.Action || !ReferenceEquals(context.Session, operation.Session))
        {
            throw new ArgumentException("A hook can change the payload of an operation, but neither its action nor its session.", nameof(context));
        }
    }

    protected override FeedbackHookCall? CreateInner() =>
        following < hooks.Length ? new FeedbackHookCall(hooks, following + 1, operation, storage) : null;

    protected override ValueTask<Feedback?> InvokeHookAsync(FeedbackHookContext context, HookCall<FeedbackHookContext, Feedback?> inner) =>
        hooks[following].InvokeAsync(context, ((FeedbackHookCall)inner).ContinueAsync);

    protected override async ValueTask<Feedback?> StoreAsync(FeedbackHookContext context) => context.Feedback is null
        ? throw new ArgumentException("A hook passed on an operation without its payload.")
        : await storage.AddFeedbackAsync(context.SessionId, context.Feedback, context.CancellationToken).ConfigureAwait(false);

    private static async Task<Feedback?> StartAsync(IFeedbackHook[] hooks, FeedbackHookContext operation, SessionStorage storage) =>
        await hooks[0].InvokeAsync(operation, new FeedbackHookCall(hooks, 1, operation, storage).ContinueAsync).ConfigureAwait(false);
}
