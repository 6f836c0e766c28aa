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
    private readonly Counter<long> _compared;
    private readonly Counter<long> _reducerFailures;

    public HistoryMetrics(IMeterFactory? meterFactory = null)
        : base(meterFactory)
    {
        _repaired = Meter.CreateCounter<long>("sessionmanager.history.repaired", "{repair}", "Faults that were repaired in loaded histories.");
        _compared = Meter.CreateCounter<long>("sessionmanager.incoming.differing", "{message}", "Messages that were sent otherwise than they are stored.");
        _reducerFailures = Meter.CreateCounter<long>("sessionmanager.history.reducer_failures", "{failure}", "Histories that were sent whole since their reducer failed.");
    }

    public void Repaired(HistoryRepair repair)
    {
        Add(_repaired, repair.InterruptedCallCount, "interrupted_call");
        Add(_repaired, repair.OrphanResultCount, "orphan_result");
        Add(_repaired, repair.MovedResultCount, "moved_result");
        Add(_repaired, repair.UnansweredApprovalCount, "unanswered_approval");
        Add(_repaired, repair.OrphanApprovalCount, "orphan_approval");
        Add(_repaired, repair.BlankMessageCount, "blank_message");
        Add(_repaired, repair.UnsignedThoughtCount, "unsigned_thought");
    }

    public void Compared(int editedCount, int ignoredCount)
    {
        Add(_compared, editedCount, "edited");
        Add(_compared, ignoredCount, "ignored");
    }

    public void ReducerFailed() => _reducerFailures.Add(1);

    private static void Add(Counter<long> counter, int count, string kind)
    {
        if (count > 0)
        {
            counter.Add(count, KeyValuePair.Create<string, object?>(KindTag, kind));
        }
    }
}
