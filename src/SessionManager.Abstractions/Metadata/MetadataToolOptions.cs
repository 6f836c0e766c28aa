namespace SessionManager;

/// <summary>
/// Limits what an agent may do with the metadata tool.
/// </summary>
public sealed record MetadataToolOptions
{
    /// <summary>
    /// Gets the keys that the agent may read.
    /// </summary>
    /// <value>The default, null, is all; empty is none. A key includes the nested fields under it.</value>
    public IReadOnlyCollection<string>? ReadableKeys { get; init; }

    /// <summary>
    /// Gets the keys that the agent may set and delete.
    /// </summary>
    /// <value>The default, null, is all; empty is none. A key includes the nested fields under it.</value>
    public IReadOnlyCollection<string>? WritableKeys { get; init; }
}
