using System.Diagnostics.Metrics;
using SessionManager.Internal.Events;

namespace SessionManager.Internal.History;

/// <summary>
/// Counts what is repaired in histories, by kind.
/// </summary>
internal sealed class HistoryMetrics : IDisposable
{
    private const string KindTag = "kind";

    private readonly Meter? _ownMeter;
    private readonly Counter<long> _repaired;

    public HistoryMetrics(IMeterFactory? meterFactory = null)
    {
        var meter = meterFactory?.Create(EventMetrics.MeterName) ?? (_ownMeter = new Meter(EventMetrics.MeterName));
        _repaired = meter.CreateCounter<long>("sessionmanager.history.repaired", "{repair}", "Faults that were repaired in loaded histories.");
    }

    public void Repaired(HistoryRepair repair)
    {
        Add(repair.InterruptedCallCount, "interrupted_call");
        Add(repair.OrphanResultCount, "orphan_result");
        Add(repair.MovedResultCount, "moved_result");
        Add(repair.UnansweredApprovalCount, "unanswered_approval");
        Add(repair.OrphanApprovalCount, "orphan_approval");
    }

    /// <inheritdoc/>
    public void Dispose() => _ownMeter?.Dispose();

    private void Add(int count, string kind)
    {
        if (count > 0)
        {
            _repaired.Add(count, KeyValuePair.Create<string, object?>(KindTag, kind));
        }
    }
}
