namespace SessionManager.Tool.Doctor;

/// <summary>
/// An index that is there, or should be.
/// </summary>
internal sealed record ListedIndex(string Collection, string Name, IndexState State);
