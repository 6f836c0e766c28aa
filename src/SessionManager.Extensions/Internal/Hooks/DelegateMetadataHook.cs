namespace SessionManager.Internal.Hooks;

internal sealed class DelegateMetadataHook(
    Func<MetadataHookContext, MetadataHookNext, ValueTask<MetadataHookResult>> hook) : IMetadataHook
{
    /// <inheritdoc/>
    public ValueTask<MetadataHookResult> InvokeAsync(MetadataHookContext context, MetadataHookNext next) => hook(context, next);
}
