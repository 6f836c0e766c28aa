namespace SessionManager;

/// <summary>
/// Represents what became of one session of Python's.
/// </summary>
public sealed record PythonMigrationResult
{
    /// <summary>
    /// Gets the id of the session.
    /// </summary>
    public required string SessionId { get; init; }

    /// <summary>
    /// Gets what became of it.
    /// </summary>
    public required PythonMigrationOutcome Outcome { get; init; }

    /// <summary>
    /// Gets why, where it was not brought over: a sentence.
    /// </summary>
    /// <value>Null where it was, or was unchanged.</value>
    public string? Reason { get; init; }

    /// <summary>
    /// Gets the number of messages that the session has in the source.
    /// </summary>
    /// <value>Zero where it was unchanged, and so not looked into.</value>
    public int MessageCount { get; init; }

    /// <summary>
    /// Gets the number of messages that were written, and of those that were removed since the source has them no more.
    /// </summary>
    public int WrittenMessageCount { get; init; }

    /// <summary>
    /// Gets whether both sides were read again, and each field of Python's was found again in the target.
    /// </summary>
    /// <value>Null where that was not asked for, or where the source had changed by then.</value>
    /// <remarks>Not compared are metrics and the position of feedback, which the target counts anew.</remarks>
    public bool? IsVerified { get; init; }

    /// <summary>
    /// Gets what a person should know of it.
    /// </summary>
    /// <value>Never null; at most 100.</value>
    public IReadOnlyList<PythonMigrationFinding> Findings { get; init; } = [];
}
