namespace SessionManager.Chaos.Judging;

/// <summary>
/// A write to a session itself that ended without an exception; times by the fast clock.
/// </summary>
internal sealed record AcknowledgedWrite(string Session, long Start, long End);
