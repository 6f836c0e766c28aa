namespace SessionManager.Tool.Doctor;

/// <summary>
/// Whether an index is there.
/// </summary>
internal enum IndexState
{
    Present,
    Missing,
    Created,

    /// <summary>
    /// It is there, and none of this library's with the options that were given.
    /// </summary>
    Other,
}
