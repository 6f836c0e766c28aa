namespace SessionManager.Internal.Hooks;

/// <summary>
/// Refuses what a validation finds fault with. Reading is not validated.
/// </summary>
internal sealed class MetadataValidationHook(Action<MetadataValidationContext> validate) : IMetadataHook
{
    /// <inheritdoc/>
    public ValueTask<MetadataHookResult> InvokeAsync(MetadataHookContext context, MetadataHookNext next)
    {
        if (context.Action != MetadataAction.Get)
        {
            var errors = new ValidationErrors();
            validate(new MetadataValidationContext(context, errors));
            errors.ThrowIfAny(new SessionKey(context.Owner, context.SessionId));
        }

        return next(context);
    }
}
