namespace SessionManager.Internal;

/// <summary>
/// What a comparison of both sides has found.
/// </summary>
/// <param name="IsCurrent">Whether the source is still what the target was made of.</param>
/// <param name="Path">The first place at which they differ, or null.</param>
internal readonly record struct SessionDifference(bool IsCurrent, string? Path)
{
    public string? Reason => Path is null ? null : $"What was read again differs from the source at {Path}.";
}
