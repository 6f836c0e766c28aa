namespace SessionManager;

/// <summary>
/// Names what became of a session of Python's.
/// </summary>
public enum PythonMigrationOutcome
{
    /// <summary>
    /// It was not in the target, and is now. In a dry run: it would be.
    /// </summary>
    Migrated = 0,

    /// <summary>
    /// It had changed since it was brought over, and the target follows. In a dry run: it would.
    /// </summary>
    Updated = 1,

    /// <summary>
    /// It is in the target as it is in the source.
    /// </summary>
    Unchanged = 2,

    /// <summary>
    /// The target holds what this migration has not written, and it would be lost. Neither side was touched.
    /// </summary>
    Conflict = 3,

    /// <summary>
    /// It cannot be brought over, or what was read back differs. <see cref="PythonMigrationResult.Reason"/> says why.
    /// </summary>
    Failed = 4,

    /// <summary>
    /// It is no session of Python's, but one of this library's.
    /// </summary>
    NotPython = 5,
}
