namespace SessionManager.Internal;

/// <summary>
/// Thrown when the target of a session holds what no migration has stored.
/// </summary>
internal sealed class TargetConflictException(string reason) : Exception(reason)
{
    /// <summary>
    /// Gets the exception for a session that was migrated and used since.
    /// </summary>
    public static TargetConflictException Used() =>
        new("The source has changed, or comes over in another form with this release, and the target has been written to since it was migrated.");
}
