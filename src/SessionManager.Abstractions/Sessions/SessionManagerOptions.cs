namespace SessionManager;

/// <summary>
/// Holds the options of one session manager that differ from those of its registration.
/// </summary>
/// <remarks>A property that is null, the default, leaves the registration's option as it is.</remarks>
public sealed record SessionManagerOptions
{
    /// <summary>
    /// Gets the name of the database.
    /// </summary>
    /// <value>At most 63 bytes in UTF-8, without <c>/ \ . " $</c>, white space or NUL.</value>
    public string? DatabaseName { get; init; }

    /// <summary>
    /// Gets the name of the collection that holds the session documents. Messages go to the collection of this name
    /// followed by <c>_messages</c>.
    /// </summary>
    public string? CollectionName { get; init; }

    /// <summary>
    /// Gets the metadata fields that are indexed in that collection.
    /// </summary>
    /// <remarks>
    /// Indexes are created once per process and collection. The first session manager that writes to a collection
    /// decides which metadata fields are indexed there.
    /// </remarks>
    public IReadOnlyList<string>? MetadataFields { get; init; }

    /// <summary>
    /// Gets the application name that is stored with the session when this session manager creates it.
    /// </summary>
    public string? ApplicationName { get; init; }
}
