namespace SessionManager;

/// <summary>
/// What an operation on a session's metadata gives to the hooks around it, and in the end to its caller.
/// </summary>
/// <remarks>
/// A hook that does not call <c>next</c> returns <see cref="None"/>, or metadata of its own to answer a
/// <see cref="MetadataAction.Get"/> or a <see cref="MetadataAction.Increment"/>.
/// </remarks>
public readonly record struct MetadataHookResult
{
    /// <summary>
    /// Gets the result without metadata.
    /// </summary>
    public static MetadataHookResult None => default;

    /// <summary>
    /// Gets the metadata that was read, or the field that was added to.
    /// </summary>
    /// <value>
    /// For <see cref="MetadataAction.Increment"/> one field, with its new value, a <see cref="long"/>. Null for all others but
    /// <see cref="MetadataAction.Get"/>, for an operation that a hook vetoed, and for a read of a session that does not exist.
    /// </value>
    public IReadOnlyDictionary<string, object?>? Metadata { get; init; }

    /// <summary>
    /// Gets a value indicating whether a <see cref="MetadataAction.Create"/> has created the session.
    /// </summary>
    /// <value>False where the session was there, for one that a hook vetoed, and for all other operations.</value>
    public bool IsCreated { get; init; }
}
