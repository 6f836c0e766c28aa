namespace SessionManager.Internal.Shared;

/// <summary>
/// What a stored number of usage counts.
/// </summary>
internal enum UsageUnit
{
    Count,
    Milliseconds,
    Seconds,
}
