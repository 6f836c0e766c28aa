namespace SessionManager;

/// <summary>
/// Represents how far a migration has come.
/// </summary>
public sealed record PythonMigrationProgress
{
    /// <summary>
    /// Gets the number of sessions that are done.
    /// </summary>
    public required long SessionCount { get; init; }

    /// <summary>
    /// Gets about how many sessions there are.
    /// </summary>
    public required long TotalSessionCount { get; init; }

    /// <summary>
    /// Gets the number of messages that were written so far.
    /// </summary>
    public required long WrittenMessageCount { get; init; }

    /// <summary>
    /// Gets the session that is done.
    /// </summary>
    public required PythonMigrationResult Latest { get; init; }
}
