using Microsoft.Extensions.AI;
using SessionManager.Internal.Shared;

namespace SessionManager.Internal.History;

/// <summary>
/// Leaves only those requests for approval or input in a history that the messages behind it answer. What was approved,
/// and may or may not have been carried out before the process ended, is not carried out again.
/// </summary>
internal static class ApprovalRepair
{
    private const string Refused = "Tool call invocation was rejected by the approver and must not be retried.";

    public static RepairedHistory Repair(IReadOnlyList<HistoryMessage> history, IReadOnlyList<ChatMessage> newMessages)
    {
        var ledger = ApprovalLedger.Read(history, newMessages);
        if (ledger is { Requests: [], Orphans: [] })
        {
            return new RepairedHistory(history, HistoryRepair.None);
        }

        // What takes the place of a content; null for nothing.
        Dictionary<(int Message, int Content), AIContent?> changes = [];
        foreach (var place in ledger.Orphans)
        {
            changes.Add(place, null);
        }

        // All together: whether one stays may depend on what becomes of the others of its message.
        var open = FindOpen(history, ledger.Requests, newMessages);
        var unansweredCount = 0;
        foreach (var request in ledger.Requests)
        {
            // The stored answer goes with its request, and where the new messages answer again: theirs is acted on.
            if (request.Response is { } response && (request.IsAnsweredLater || !open.Contains(request)))
            {
                changes.Add(response, open.Contains(request) ? null : GetRefusal(history[response.Message].Contents[response.Content], request));
            }

            if (!open.Contains(request))
            {
                // The call takes the place of its request, so that it is seen as interrupted; unless it stands behind it
                // already.
                changes.Add((request.Message, request.Content), request.HasCall ? null : request.Call);
                // With a result it was carried out, and nothing was wrong.
                unansweredCount += request.HasResult ? 0 : 1;
            }
        }

        var repair = new HistoryRepair { UnansweredApprovalCount = unansweredCount, OrphanApprovalCount = ledger.Orphans.Count };
        return new RepairedHistory(Apply(history, changes), repair);
    }

    // What was refused was not carried out, also when the model has never been told so: as FunctionInvokingChatClient tells it.
    private static FunctionResultContent? GetRefusal(AIContent response, ApprovalRequest request) =>
        response is ToolApprovalResponseContent { Approved: false } refusal && request is { HasCall: false, HasResult: false, Call: { } call }
            ? new FunctionResultContent(call.CallId, string.IsNullOrWhiteSpace(refusal.Reason) ? Refused : $"{Refused} {refusal.Reason}")
            : null;

    /// <summary>
    /// Finds the requests that stay.
    /// </summary>
    private static HashSet<ApprovalRequest> FindOpen(
        IReadOnlyList<HistoryMessage> history,
        List<ApprovalRequest> requests,
        IReadOnlyList<ChatMessage> newMessages)
    {
        HashSet<ApprovalRequest> open = [];

        // FunctionInvokingChatClient throws when two of them have the same id. From the end, so that the latest one stays.
        HashSet<string> ids = new(StringComparer.Ordinal);
        foreach (var request in requests.AsEnumerable().Reverse().Where(request => IsOpen(history, requests, newMessages, request)))
        {
            if (request.Call is null || ids.Add(request.RequestId))
            {
                open.Add(request);
            }
        }

        return open;
    }

    private static bool IsOpen(
        IReadOnlyList<HistoryMessage> history,
        List<ApprovalRequest> requests,
        IReadOnlyList<ChatMessage> newMessages,
        ApprovalRequest request) =>
        request switch
        {
            // Answered outside of function invocation: the answer is all there is to it.
            { Call: null } => request.Response is not null || request.IsAnsweredLater,
            { HasResult: true } => false,
            { IsAnsweredLater: true } => true,
            // Answered, and perhaps acted on before the process ended: acted on now only if it cannot have been.
            { Response: not null, HasCall: false } => IsWaitingWithOthers(history, requests, newMessages, request.Message),
            _ => false,
        };

    // Nothing was carried out while another request of the same message was waiting for its answer. What a repair may have
    // put behind it tells nothing: results of calls that it put in the place of requests, and calls that are answered now.
    private static bool IsWaitingWithOthers(
        IReadOnlyList<HistoryMessage> history,
        List<ApprovalRequest> requests,
        IReadOnlyList<ChatMessage> newMessages,
        int message)
    {
        var own = history[message].Contents.OfType<FunctionCallContent>().Select(call => call.CallId).ToHashSet(StringComparer.Ordinal);
        var answered = newMessages.SelectMany(next => next.Contents).OfType<FunctionResultContent>().Select(result => result.CallId).ToHashSet(StringComparer.Ordinal);
        return requests.Exists(other => other.Message == message && other is { IsAnsweredLater: true, Call: not null, HasResult: false })
            && history.Skip(message + 1).SelectMany(next => next.Contents).All(content => content switch
            {
                ToolApprovalResponseContent => true,
                FunctionResultContent result => own.Contains(result.CallId),
                FunctionCallContent call => answered.Contains(call.CallId),
                _ => false,
            });
    }

    private static List<HistoryMessage> Apply(IReadOnlyList<HistoryMessage> history, Dictionary<(int Message, int Content), AIContent?> changes)
    {
        List<HistoryMessage> messages = [];
        var changed = changes.Keys.Select(place => place.Message).ToHashSet();
        for (var i = 0; i < history.Count; i++)
        {
            if (!changed.Contains(i))
            {
                messages.Add(history[i]);
            }
            else if (history[i].Contents.Select((content, j) => changes.GetValueOrDefault((i, j), content)).OfType<AIContent>().ToList() is { Count: > 0 } contents)
            {
                messages.Add(history[i].With(contents));
            }
        }

        return messages;
    }
}
