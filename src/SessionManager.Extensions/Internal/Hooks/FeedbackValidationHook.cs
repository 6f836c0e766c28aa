namespace SessionManager.Internal.Hooks;

/// <summary>
/// Refuses feedback that a validation finds fault with.
/// </summary>
internal sealed class FeedbackValidationHook(Action<FeedbackValidationContext> validate) : IFeedbackHook
{
    /// <inheritdoc/>
    public ValueTask<Feedback?> InvokeAsync(FeedbackHookContext context, FeedbackHookNext next)
    {
        // What is removed holds nothing to find fault with.
        if (context.Action != FeedbackAction.Add)
        {
            return next(context);
        }

        var errors = new ValidationErrors();
        validate(new FeedbackValidationContext(context, errors));
        errors.ThrowIfAny(new SessionKey(context.Owner, context.SessionId));
        return next(context);
    }
}
