namespace SessionManager.Internal;

/// <summary>
/// Thrown when the source of a migration is its target.
/// </summary>
/// <remarks>Of its own type, so that who tells it to a person takes no other fault for it.</remarks>
internal sealed class SameCollectionException(string message) : InvalidOperationException(message);
