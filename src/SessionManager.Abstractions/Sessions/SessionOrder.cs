namespace SessionManager;

/// <summary>
/// Names the time by which sessions are listed, newest first.
/// </summary>
public enum SessionOrder
{
    /// <summary>By the time of creation.</summary>
    CreatedAt,

    /// <summary>By the time of the last update.</summary>
    UpdatedAt,
}
