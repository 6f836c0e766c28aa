namespace SessionManager.Tool.Doctor;

/// <summary>
/// What was looked at, and what was found.
/// </summary>
internal sealed record DoctorReport(long SessionCount, long MessageCount, bool IsHealthy, IReadOnlyList<DoctorFinding> Findings);
