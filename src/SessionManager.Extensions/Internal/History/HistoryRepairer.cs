using Microsoft.Extensions.AI;

namespace SessionManager.Internal.History;

/// <summary>
/// Makes a history valid, whatever is stored. A history that is valid comes back as it is, message by message.
/// </summary>
internal static class HistoryRepairer
{
    /// <summary>
    /// The result of a call whose own result is not there.
    /// </summary>
    public const string Interrupted = "Tool was interrupted.";

    /// <param name="history">The history.</param>
    /// <param name="newMessages">What is about to follow it. The calls and requests that it answers are left open.</param>
    public static RepairedHistory Repair(IReadOnlyList<HistoryMessage> history, IReadOnlyList<ChatMessage> newMessages)
    {
        // Approvals first: a request that is settled leaves its call behind, which then needs a result.
        var approvals = ApprovalRepair.Repair(history, newMessages);
        var calls = CallRepair.Repair(ToolMessages.Separate(approvals.Messages), newMessages);
        return calls with { Repair = approvals.Repair.Plus(calls.Repair) };
    }

    public static HistoryRepair Plus(this HistoryRepair first, HistoryRepair second) => new()
    {
        InterruptedCallCount = first.InterruptedCallCount + second.InterruptedCallCount,
        OrphanResultCount = first.OrphanResultCount + second.OrphanResultCount,
        MovedResultCount = first.MovedResultCount + second.MovedResultCount,
        UnansweredApprovalCount = first.UnansweredApprovalCount + second.UnansweredApprovalCount,
        OrphanApprovalCount = first.OrphanApprovalCount + second.OrphanApprovalCount,
    };
}
