namespace SessionManager;

/// <summary>
/// Represents something in a session of Python's that a person should know of, although it does not stop the migration.
/// </summary>
/// <remarks>It never holds content: no text of a message, no value of metadata.</remarks>
public sealed record PythonMigrationFinding
{
    /// <summary>
    /// Gets what kind it is.
    /// </summary>
    public required PythonMigrationFindingKind Kind { get; init; }

    /// <summary>
    /// Gets the id of the agent.
    /// </summary>
    /// <value>Null where it concerns the session.</value>
    public string? AgentId { get; init; }

    /// <summary>
    /// Gets the path of the field in the document of Python's.
    /// </summary>
    public required string Path { get; init; }

    /// <summary>
    /// Gets what it is, and what became of it: a sentence.
    /// </summary>
    public required string Detail { get; init; }
}
