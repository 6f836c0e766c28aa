namespace SessionManager;

/// <summary>
/// Represents a session as the Python library has stored it, read as one of this library's.
/// </summary>
public sealed record PythonSession
{
    /// <summary>
    /// Gets what a list shows of it.
    /// </summary>
    public required SessionInfo Info { get; init; }

    /// <summary>
    /// Gets its agents, with their messages.
    /// </summary>
    public required IReadOnlyList<PythonSessionAgent> Agents { get; init; }

    /// <summary>
    /// Gets its feedback.
    /// </summary>
    public required IReadOnlyList<Feedback> Feedbacks { get; init; }

    /// <summary>
    /// Gets what a person should know of it. Messages that cannot be read are named here.
    /// </summary>
    public required IReadOnlyList<PythonMigrationFinding> Findings { get; init; }
}
