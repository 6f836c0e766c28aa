using SessionManager.Internal.Shared;
using Chain = SessionManager.Internal.Hooks.HookChain<
    SessionManager.IMetadataHook,
    SessionManager.MetadataHookContext,
    SessionManager.MetadataHookResult>;

namespace SessionManager.Internal.Hooks;

/// <summary>
/// One operation on metadata on its way through the hooks to the storage and back.
/// </summary>
/// <param name="chain">The hooks and observers.</param>
/// <param name="operation">The operation as the caller gave it.</param>
/// <param name="storage">What carries it out.</param>
/// <param name="sessionId">The id that the session has in the storage.</param>
/// <param name="applicationName">The application name of a session that it creates.</param>
internal sealed class MetadataOperation(Chain chain, MetadataHookContext operation, SessionStorage storage, string sessionId, string? applicationName)
    : HookedOperation<IMetadataHook, MetadataHookContext, MetadataHookResult>(chain, operation, operation.CancellationToken)
{
    public static Task<MetadataHookResult> RunAsync(Chain chain, MetadataHookContext operation, SessionStorage storage, string sessionId, string? applicationName) =>
        new MetadataOperation(chain, operation, storage, sessionId, applicationName).RunAsync().AsTask();

    /// <summary>
    /// Gets the one field that is added to, with an amount or its new value.
    /// </summary>
    /// <exception cref="ArgumentException">There is not exactly one, or its value is no integer.</exception>
    public static (string Key, long Value) GetCounter(IReadOnlyDictionary<string, object?> metadata)
    {
        if (metadata.Count == 1)
        {
            var (key, value) = metadata.First();
            switch (MetadataValue.Normalize(value, nameof(metadata)))
            {
                case int integer:
                    return (key, integer);
                case long integer:
                    return (key, integer);
            }
        }

        throw new ArgumentException("A hook gave an increment something else than exactly one field with an integer.", nameof(metadata));
    }

    /// <inheritdoc/>
    public override void ThrowIfOtherOperation(MetadataHookContext context)
    {
        if (context.Action != Operation.Action || !ReferenceEquals(context.Session, Operation.Session))
        {
            throw new ArgumentException("A hook can change the payload of an operation, but neither its action nor its session.", nameof(context));
        }
    }

    protected override ValueTask<MetadataHookResult> InvokeAsync(
        IMetadataHook hook,
        MetadataHookContext context,
        HookCall<IMetadataHook, MetadataHookContext, MetadataHookResult> next) => hook.InvokeAsync(context, next.ContinueAsync);

    protected override async ValueTask<MetadataHookResult> StoreAsync(MetadataHookContext context)
    {
        switch (context.Action)
        {
            case MetadataAction.Get:
                return new MetadataHookResult
                {
                    Metadata = await storage.GetMetadataAsync(sessionId, context.Keys, context.CancellationToken).ConfigureAwait(false),
                };

            case MetadataAction.Create:
                return new MetadataHookResult
                {
                    IsCreated = await storage
                        .CreateSessionAsync(sessionId, applicationName, GetPayload(context.Metadata), revivesDeleted: true, context.CancellationToken)
                        .ConfigureAwait(false),
                };

            case MetadataAction.Increment:
                var (counter, amount) = GetCounter(GetPayload(context.Metadata));
                var sum = await Writer.IncrementMetadataAsync(counter, amount, context.CancellationToken).ConfigureAwait(false);
                return new MetadataHookResult { Metadata = new Dictionary<string, object?>(StringComparer.Ordinal) { [counter] = sum } };

            case MetadataAction.Update when GetPayload(context.Metadata) is { Count: > 0 } metadata:
                await Writer.UpdateMetadataAsync(metadata, context.CancellationToken).ConfigureAwait(false);
                return MetadataHookResult.None;

            case MetadataAction.Delete when GetPayload(context.Keys) is { Count: > 0 } keys:
                await storage.DeleteMetadataAsync(sessionId, keys, context.CancellationToken).ConfigureAwait(false);
                return MetadataHookResult.None;

            default:
                // Hooks have left nothing to write.
                return MetadataHookResult.None;
        }
    }

    private SessionWriter Writer => new(storage, sessionId, applicationName);

    private static T GetPayload<T>(T? payload)
        where T : class =>
        payload ?? throw new ArgumentException("A hook passed on an operation without its payload.");
}
