namespace SessionManager;

/// <summary>
/// Replaces settings of the factory for one session manager.
/// </summary>
/// <remarks>A property that is null leaves the factory's setting as it is.</remarks>
public sealed record SessionManagerOptions
{
    /// <summary>
    /// Gets the name of the database.
    /// </summary>
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
