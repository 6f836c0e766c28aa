namespace SessionManager.Internal;

/// <summary>
/// Thrown when the target of a session holds what no migration has stored.
/// </summary>
internal sealed class TargetConflictException(string reason) : Exception(reason);
