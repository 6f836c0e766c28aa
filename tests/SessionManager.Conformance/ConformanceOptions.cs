namespace SessionManager.Conformance;

/// <summary>
/// What a test asks of the sessions that it is given. An implementation honours every property.
/// </summary>
public sealed record ConformanceOptions
{
    /// <summary>
    /// Gets the clock by which everything that is stored is dated.
    /// </summary>
    public required TimeProvider Clock { get; init; }

    /// <summary>
    /// Gets the application name that the factory gives to new sessions, or null for none.
    /// </summary>
    public string? ApplicationName { get; init; }

    /// <summary>
    /// Gets how long a session is kept after its last change, or null for ever.
    /// </summary>
    public TimeSpan? SessionTtl { get; init; }

    /// <summary>
    /// Gets a value indicating whether redaction erases the original message.
    /// </summary>
    public bool EraseRedactedMessages { get; init; }

    /// <summary>
    /// Gets the hooks on metadata, the first outermost.
    /// </summary>
    public IReadOnlyList<IMetadataHook> MetadataHooks { get; init; } = [];

    /// <summary>
    /// Gets the hooks on feedback, the first outermost.
    /// </summary>
    public IReadOnlyList<IFeedbackHook> FeedbackHooks { get; init; } = [];
}
