namespace SessionManager.Internal;

/// <summary>
/// Counts the sessions of a pass, and keeps those of which there is something to say. Thread-safe.
/// </summary>
internal sealed class ReportBuilder(int maxReported, long total, IProgress<PythonMigrationProgress>? progress)
{
    private readonly Lock _lock = new();
    private readonly long[] _counts = new long[Enum.GetValues<PythonMigrationOutcome>().Length];
    private readonly List<PythonMigrationResult> _sessions = [];
    private long _done;
    private long _written;
    private long _omitted;

    public void Add(PythonMigrationResult result)
    {
        // Reported in order: a progress that goes back would say nothing.
        lock (_lock)
        {
            _counts[(int)result.Outcome]++;
            _done++;
            _written += result.WrittenMessageCount;
            if (result.Reason is not null || result.Findings.Count > 0)
            {
                if (_sessions.Count < maxReported)
                {
                    _sessions.Add(result);
                }
                else
                {
                    _omitted++;
                }
            }

            progress?.Report(new PythonMigrationProgress
            {
                SessionCount = _done,
                TotalSessionCount = Math.Max(total, _done),
                WrittenMessageCount = _written,
                Latest = result,
            });
        }
    }

    public PythonMigrationReport Build(string source, string target, bool isDryRun, DateTimeOffset startedAt, TimeSpan duration)
    {
        lock (_lock)
        {
            return new PythonMigrationReport
            {
                Source = source,
                Target = target,
                IsDryRun = isDryRun,
                StartedAt = startedAt,
                Duration = duration,
                SessionCount = _done,
                MigratedCount = _counts[(int)PythonMigrationOutcome.Migrated],
                UpdatedCount = _counts[(int)PythonMigrationOutcome.Updated],
                UnchangedCount = _counts[(int)PythonMigrationOutcome.Unchanged],
                ConflictCount = _counts[(int)PythonMigrationOutcome.Conflict],
                FailedCount = _counts[(int)PythonMigrationOutcome.Failed],
                NotPythonCount = _counts[(int)PythonMigrationOutcome.NotPython],
                WrittenMessageCount = _written,
                Sessions = [.. _sessions.OrderBy(static session => session.SessionId, StringComparer.Ordinal)],
                OmittedCount = _omitted,
            };
        }
    }
}
