using System.Diagnostics.Metrics;
using SessionManager.Internal.Diagnostics;

namespace SessionManager.Internal.History;

/// <summary>
/// Counts what is repaired in histories, by kind.
/// </summary>
internal sealed class HistoryMetrics : SessionMetrics
{
    private const string KindTag = "kind";

    private readonly Counter<long> _repaired;

    public HistoryMetrics(IMeterFactory? meterFactory = null)
        : base(meterFactory)
    {
        _repaired = Meter.CreateCounter<long>("sessionmanager.history.repaired", "{repair}", "Faults that were repaired in loaded histories.");
    }

    public void Repaired(HistoryRepair repair)
    {
        Add(repair.InterruptedCallCount, "interrupted_call");
        Add(repair.OrphanResultCount, "orphan_result");
        Add(repair.MovedResultCount, "moved_result");
        Add(repair.UnansweredApprovalCount, "unanswered_approval");
        Add(repair.OrphanApprovalCount, "orphan_approval");
    }

    private void Add(int count, string kind)
    {
        if (count > 0)
        {
            _repaired.Add(count, KeyValuePair.Create<string, object?>(KindTag, kind));
        }
    }
}
