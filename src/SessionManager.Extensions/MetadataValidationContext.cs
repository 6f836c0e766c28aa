namespace SessionManager;

/// <summary>
/// Holds what is about to be done to a session's metadata, and collects what is wrong with it.
/// </summary>
/// <remarks>Not thread-safe. It belongs to one operation, and has no use after it.</remarks>
public sealed class MetadataValidationContext
{
    private readonly Internal.Hooks.ValidationErrors _errors;

    internal MetadataValidationContext(MetadataHookContext operation, Internal.Hooks.ValidationErrors errors)
    {
        Action = operation.Action;
        SessionId = operation.SessionId;
        Metadata = operation.Metadata ?? System.Collections.ObjectModel.ReadOnlyDictionary<string, object?>.Empty;
        DeletedKeys = operation.Keys ?? [];
        _errors = errors;
    }

    /// <summary>
    /// Gets the operation.
    /// </summary>
    /// <value>Any but <see cref="MetadataAction.Get"/>.</value>
    public MetadataAction Action { get; }

    /// <summary>
    /// Gets the id of the session.
    /// </summary>
    public string SessionId { get; }

    /// <summary>
    /// Gets the fields to set.
    /// </summary>
    /// <value>
    /// Empty when fields are removed. Dots in a key lead into nested fields. For <see cref="MetadataAction.Increment"/> the value of the
    /// field is the amount to add: what it will be is not known yet.
    /// </value>
    public IReadOnlyDictionary<string, object?> Metadata { get; }

    /// <summary>
    /// Gets the fields to remove.
    /// </summary>
    /// <value>Empty when fields are set. Dots in a key lead into nested fields.</value>
    public IReadOnlyCollection<string> DeletedKeys { get; }

    /// <summary>
    /// Refuses the operation.
    /// </summary>
    /// <param name="key">The key of the field that is at fault.</param>
    /// <param name="message">What is wrong with it. It reaches the caller and, by the metadata tool, the model.</param>
    /// <exception cref="ArgumentException">An argument is null, or the key is blank.</exception>
    public void AddError(string key, string message) => _errors.Add(key, message);
}
