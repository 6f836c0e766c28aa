using System.Text.Json;
using SessionManager.Internal;

namespace SessionManager;

/// <summary>
/// Represents one pass over the sessions of Python's.
/// </summary>
public sealed record PythonMigrationReport
{
    /// <summary>
    /// Gets the collection that was read, with its database.
    /// </summary>
    public required string Source { get; init; }

    /// <summary>
    /// Gets the collection of sessions that was written, with its database.
    /// </summary>
    public required string Target { get; init; }

    /// <summary>
    /// Gets whether nothing was written.
    /// </summary>
    public required bool IsDryRun { get; init; }

    /// <summary>
    /// Gets when the pass began, in UTC.
    /// </summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>
    /// Gets how long it took.
    /// </summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>
    /// Gets the number of sessions that were looked at.
    /// </summary>
    public required long SessionCount { get; init; }

    /// <summary>
    /// Gets the number of those that are new in the target.
    /// </summary>
    public required long MigratedCount { get; init; }

    /// <summary>
    /// Gets the number of those that had changed.
    /// </summary>
    public required long UpdatedCount { get; init; }

    /// <summary>
    /// Gets the number of those that had not.
    /// </summary>
    public required long UnchangedCount { get; init; }

    /// <summary>
    /// Gets the number of those whose target is in use.
    /// </summary>
    public required long ConflictCount { get; init; }

    /// <summary>
    /// Gets the number of those that could not be brought over, or were not equal when they were read again.
    /// </summary>
    public required long FailedCount { get; init; }

    /// <summary>
    /// Gets the number of those that are none of Python's.
    /// </summary>
    public required long NotPythonCount { get; init; }

    /// <summary>
    /// Gets the number of messages that were written or removed. In a dry run: that would be.
    /// </summary>
    public required long WrittenMessageCount { get; init; }

    /// <summary>
    /// Gets the sessions of which there is something to say: conflicts, failures, sessions of others, and findings.
    /// </summary>
    /// <value>Never null; at most <see cref="PythonMigrationOptions.MaxReportedSessions"/>.</value>
    public required IReadOnlyList<PythonMigrationResult> Sessions { get; init; }

    /// <summary>
    /// Gets the number of sessions of which there was something to say beyond those.
    /// </summary>
    public required long OmittedCount { get; init; }

    /// <summary>
    /// Gets whether every session is in the target as it is in the source: no conflict, no failure.
    /// </summary>
    public bool IsComplete => ConflictCount == 0 && FailedCount == 0;

    /// <summary>
    /// Gets the report as JSON, indented, with camel-cased names; what is null is left out.
    /// </summary>
    /// <returns>A JSON object.</returns>
    public string ToJson() => JsonSerializer.Serialize(this, ReportJsonContext.Default.PythonMigrationReport);
}
