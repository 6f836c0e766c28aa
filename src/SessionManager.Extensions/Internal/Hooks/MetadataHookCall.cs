namespace SessionManager.Internal.Hooks;

/// <summary>
/// What a metadata hook is given as <c>next</c>.
/// </summary>
/// <param name="hooks">The hooks of the chain.</param>
/// <param name="following">The place of the hook that follows.</param>
/// <param name="operation">The operation that the chain was started with.</param>
/// <param name="repository">The storage at the end of the chain.</param>
internal sealed class MetadataHookCall(IMetadataHook[] hooks, int following, MetadataHookContext operation, ISessionRepository repository)
    : HookCall<MetadataHookContext, MetadataHookResult>
{
    /// <summary>
    /// Runs an operation through the hooks, of which there is at least one.
    /// </summary>
    public static Task<IReadOnlyDictionary<string, object?>?> RunAsync(IMetadataHook[] hooks, MetadataHookContext operation, ISessionRepository repository) =>
        operation.CancellationToken.IsCancellationRequested
            ? Task.FromCanceled<IReadOnlyDictionary<string, object?>?>(operation.CancellationToken)
            : StartAsync(hooks, operation, repository);

    /// <summary>
    /// Finds the call that a hook's <c>next</c> stands for.
    /// </summary>
    /// <returns>Null when somebody's own code stands in between.</returns>
    public static MetadataHookCall? Find(MetadataHookNext next) => next.Target as MetadataHookCall;

    protected override void ThrowIfOtherOperation(MetadataHookContext context)
    {
        if (context.Action != operation.Action || !ReferenceEquals(context.Session, operation.Session))
        {
            throw new ArgumentException("A hook can change the payload of an operation, but neither its action nor its session.", nameof(context));
        }
    }

    protected override MetadataHookCall? CreateInner() =>
        following < hooks.Length ? new MetadataHookCall(hooks, following + 1, operation, repository) : null;

    protected override ValueTask<MetadataHookResult> InvokeHookAsync(MetadataHookContext context, HookCall<MetadataHookContext, MetadataHookResult> inner) =>
        hooks[following].InvokeAsync(context, ((MetadataHookCall)inner).ContinueAsync);

    protected override async ValueTask<MetadataHookResult> StoreAsync(MetadataHookContext context)
    {
        var sessionId = context.SessionId;
        switch (context.Action)
        {
            case MetadataAction.Get:
                return new MetadataHookResult
                {
                    Metadata = await repository.GetMetadataAsync(sessionId, context.Keys, context.CancellationToken).ConfigureAwait(false),
                };

            case MetadataAction.Update when GetPayload(context.Metadata) is { Count: > 0 } metadata:
                await repository.UpdateMetadataAsync(sessionId, metadata, context.CancellationToken).ConfigureAwait(false);
                return MetadataHookResult.None;

            case MetadataAction.Delete when GetPayload(context.Keys) is { Count: > 0 } keys:
                await repository.DeleteMetadataAsync(sessionId, keys, context.CancellationToken).ConfigureAwait(false);
                return MetadataHookResult.None;

            default:
                // Hooks have left nothing to write.
                return MetadataHookResult.None;
        }
    }

    private static async Task<IReadOnlyDictionary<string, object?>?> StartAsync(IMetadataHook[] hooks, MetadataHookContext operation, ISessionRepository repository)
    {
        var result = await hooks[0].InvokeAsync(operation, new MetadataHookCall(hooks, 1, operation, repository).ContinueAsync).ConfigureAwait(false);
        return result.Metadata;
    }

    private static T GetPayload<T>(T? payload)
        where T : class =>
        payload ?? throw new ArgumentException("A hook passed on an operation without its payload.");
}
