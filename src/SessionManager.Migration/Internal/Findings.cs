namespace SessionManager.Internal;

/// <summary>
/// Collects what a session has that a person should know of.
/// </summary>
internal sealed class Findings
{
    // A session that is damaged throughout must not fill the report.
    private const int MaxCount = 100;

    private readonly List<PythonMigrationFinding> _findings = [];

    public IReadOnlyList<PythonMigrationFinding> All => _findings;

    public void Add(PythonMigrationFindingKind kind, string path, string detail, string? agentId = null)
    {
        if (_findings.Count < MaxCount)
        {
            _findings.Add(new PythonMigrationFinding { Kind = kind, AgentId = agentId, Path = path, Detail = detail });
        }
    }
}
