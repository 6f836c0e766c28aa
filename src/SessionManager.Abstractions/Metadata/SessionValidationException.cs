namespace SessionManager;

/// <summary>
/// Thrown when a validation that the application has registered refuses metadata or feedback. Nothing was written.
/// </summary>
/// <remarks>The message names fields and their faults, but none of the refused values.</remarks>
public sealed class SessionValidationException : SessionException
{
    /// <summary>
    /// Initializes a new instance of the <see cref="SessionValidationException"/> class.
    /// </summary>
    /// <param name="sessionId">The id of the session, or the text of its <see cref="SessionKey"/> where it has an owner.</param>
    /// <param name="errors">The faults by field; at least one.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public SessionValidationException(string sessionId, IReadOnlyDictionary<string, IReadOnlyList<string>> errors)
        : base(CreateMessage(sessionId, errors), sessionId)
    {
        Errors = errors;
    }

    /// <summary>
    /// Gets the faults by field.
    /// </summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Errors { get; }

    private static string CreateMessage(string sessionId, IReadOnlyDictionary<string, IReadOnlyList<string>> errors)
    {
        ArgumentNullException.ThrowIfNull(errors);
        var faults = errors.Select(error => $"{error.Key}: {string.Join(" ", error.Value)}");
        return $"What was to be stored in session {GetId(sessionId)} is not valid. {string.Join("; ", faults)}";
    }
}
