namespace SessionManager.Tool.Doctor;

/// <summary>
/// What was looked at, and what was found.
/// </summary>
internal sealed record DoctorReport(long SessionCount, long MessageCount, long FeedbackCount, IReadOnlyList<DoctorFinding> Findings)
{
    /// <summary>
    /// Gets whether nothing is left of what was found.
    /// </summary>
    public bool IsHealthy => Findings.All(static finding => finding.IsFixed);
}
