namespace SessionManager;

/// <summary>
/// Describes an operation on a session's metadata to the hooks around it.
/// </summary>
/// <remarks>
/// It does not change. To let the operation go on with another payload, pass a copy to <c>next</c>:
/// <c>next(context with { Metadata = ... })</c>. Action and session cannot be others.
/// </remarks>
public sealed record MetadataHookContext
{
    /// <summary>
    /// Gets the operation.
    /// </summary>
    public required MetadataAction Action { get; init; }

    /// <summary>
    /// Gets the session manager whose metadata is concerned.
    /// </summary>
    /// <remarks>Its operations on metadata run through the hooks again.</remarks>
    public required ISessionManager Session { get; init; }

    /// <summary>
    /// Gets the id of the session.
    /// </summary>
    public string SessionId => Session.SessionId;

    /// <summary>
    /// Gets the owner of the session.
    /// </summary>
    public SessionOwner Owner => Session.Owner;

    /// <summary>
    /// Gets the fields to set, or the one to add to.
    /// </summary>
    /// <value>
    /// Not null when <see cref="Action"/> is <see cref="MetadataAction.Update"/> or <see cref="MetadataAction.Create"/>: without any
    /// field, an update does nothing, and a session is created without metadata. For <see cref="MetadataAction.Increment"/> exactly one
    /// field, with the amount to add, a <see cref="long"/>; what a hook passes on may be another field, and any integer that fits into a
    /// long. Else null.
    /// </value>
    public IReadOnlyDictionary<string, object?>? Metadata { get; init; }

    /// <summary>
    /// Gets the fields to read or to remove.
    /// </summary>
    /// <value>
    /// Not null when <see cref="Action"/> is <see cref="MetadataAction.Delete"/>; null for
    /// <see cref="MetadataAction.Get"/> means all fields; null for all others.
    /// </value>
    public IReadOnlyCollection<string>? Keys { get; init; }

    /// <summary>
    /// Gets the token that cancels the operation.
    /// </summary>
    public CancellationToken CancellationToken { get; init; }
}
