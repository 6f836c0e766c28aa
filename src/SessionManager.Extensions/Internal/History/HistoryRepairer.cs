using Microsoft.Extensions.AI;
using SessionManager.Internal.Shared;

namespace SessionManager.Internal.History;

/// <summary>
/// Makes a history valid, whatever is stored. A history that is valid comes back as it is, message by message.
/// </summary>
internal static class HistoryRepairer
{
    /// <param name="history">The history.</param>
    /// <param name="newMessages">What is about to follow it. The calls and requests that it answers are left open.</param>
    public static RepairedHistory Repair(IReadOnlyList<HistoryMessage> history, IReadOnlyList<ChatMessage> newMessages)
    {
        // Approvals first: a request that is settled leaves its call behind, which then needs a result.
        var approvals = ApprovalRepair.Repair(history, newMessages);
        // Which provider gets the history is not known here; whose thoughts it takes is seen to before the model is called.
        var contents = ContentRepair.Repair(approvals.Messages, provider: null);
        var calls = CallRepair.Repair(ToolMessages.Separate(contents.Messages), newMessages, FindAsked(history, newMessages));
        return calls with { Repair = approvals.Repair.Plus(contents.Repair).Plus(calls.Repair) };
    }

    private static HashSet<string> FindAsked(IReadOnlyList<HistoryMessage> history, IReadOnlyList<ChatMessage> newMessages) =>
    [
        .. history.Select(static message => message.Message).Concat(newMessages)
            .SelectMany(static message => message.Contents)
            .Select(static content => content is ToolApprovalRequestContent { ToolCall: FunctionCallContent call } ? call.CallId : null)
            .OfType<string>(),
    ];

    public static HistoryRepair Plus(this HistoryRepair first, HistoryRepair second) => new()
    {
        InterruptedCallCount = first.InterruptedCallCount + second.InterruptedCallCount,
        OrphanResultCount = first.OrphanResultCount + second.OrphanResultCount,
        MovedResultCount = first.MovedResultCount + second.MovedResultCount,
        UnansweredApprovalCount = first.UnansweredApprovalCount + second.UnansweredApprovalCount,
        OrphanApprovalCount = first.OrphanApprovalCount + second.OrphanApprovalCount,
        BlankMessageCount = first.BlankMessageCount + second.BlankMessageCount,
        UnsignedThoughtCount = first.UnsignedThoughtCount + second.UnsignedThoughtCount,
    };
}
