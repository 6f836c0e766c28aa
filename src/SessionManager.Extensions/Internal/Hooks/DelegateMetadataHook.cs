namespace SessionManager.Internal.Hooks;

internal sealed class DelegateMetadataHook(
    Func<MetadataHookContext, MetadataHookNext, ValueTask<IReadOnlyDictionary<string, object?>?>> hook) : IMetadataHook
{
    /// <inheritdoc/>
    public ValueTask<IReadOnlyDictionary<string, object?>?> InvokeAsync(MetadataHookContext context, MetadataHookNext next) => hook(context, next);
}
