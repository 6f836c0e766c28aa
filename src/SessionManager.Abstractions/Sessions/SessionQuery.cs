namespace SessionManager;

/// <summary>
/// Selects sessions. Every condition that is not null must hold.
/// </summary>
public sealed record SessionQuery
{
    /// <summary>
    /// Gets the owner of the sessions.
    /// </summary>
    /// <value>
    /// <see cref="SessionOwner.None"/> for the sessions that nobody owns. Null, the default, for the owner that the registered
    /// <see cref="ISessionOwnerProvider"/> names, where there is one, and else for the sessions of all.
    /// </value>
    public SessionOwner? Owner { get; init; }

    /// <summary>
    /// Gets a value indicating whether the sessions of all owners are meant, though an <see cref="ISessionOwnerProvider"/> is registered: for
    /// administration.
    /// </summary>
    /// <value>The default is false. Not together with <see cref="Owner"/>.</value>
    public bool AllOwners { get; init; }

    /// <summary>
    /// Gets the application name that the session was created with.
    /// </summary>
    public string? ApplicationName { get; init; }

    /// <summary>
    /// Gets the metadata fields that the session must have, with their values. Dots in a key lead into nested fields.
    /// </summary>
    public IReadOnlyDictionary<string, object?>? Metadata { get; init; }

    /// <summary>
    /// Gets the earliest time of creation, which belongs to the range.
    /// </summary>
    public DateTimeOffset? CreatedFrom { get; init; }

    /// <summary>
    /// Gets the time before which the session was created.
    /// </summary>
    public DateTimeOffset? CreatedBefore { get; init; }

    /// <summary>
    /// Gets the earliest time of the last update, which belongs to the range.
    /// </summary>
    public DateTimeOffset? UpdatedFrom { get; init; }

    /// <summary>
    /// Gets the time before which the session was last updated.
    /// </summary>
    public DateTimeOffset? UpdatedBefore { get; init; }

    /// <summary>
    /// Gets the time by which the sessions are ordered, newest first.
    /// </summary>
    /// <value>The default is <see cref="SessionOrder.CreatedAt"/>.</value>
    public SessionOrder Order { get; init; }

    /// <summary>
    /// Gets the largest number of sessions on a page.
    /// </summary>
    /// <value>From 1 to 1,000; the default is 50.</value>
    public int Limit { get; init; } = 50;

    /// <summary>
    /// Gets the end of the page before.
    /// </summary>
    /// <value>A <see cref="SessionPage.Next"/>, got with the same <see cref="Order"/>; null for the first page.</value>
    public string? After { get; init; }
}
