namespace SessionManager;

/// <summary>
/// Holds feedback that is about to be added, and collects what is wrong with it.
/// </summary>
/// <remarks>Not thread-safe. It belongs to one operation, and has no use after it.</remarks>
public sealed class FeedbackValidationContext
{
    private readonly Internal.Hooks.ValidationErrors _errors;

    internal FeedbackValidationContext(FeedbackHookContext operation, Internal.Hooks.ValidationErrors errors)
    {
        SessionId = operation.SessionId;
        Feedback = operation.Feedback;
        _errors = errors;
    }

    /// <summary>
    /// Gets the id of the session.
    /// </summary>
    public string SessionId { get; }

    /// <summary>
    /// Gets the feedback to add.
    /// </summary>
    public Feedback Feedback { get; }

    /// <summary>
    /// Refuses the feedback.
    /// </summary>
    /// <param name="field">The name of the field that is at fault.</param>
    /// <param name="message">What is wrong with it. It reaches the caller.</param>
    /// <exception cref="ArgumentException">An argument is null, or the name is blank.</exception>
    public void AddError(string field, string message) => _errors.Add(field, message);
}
