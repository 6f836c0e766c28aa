using Microsoft.Extensions.AI;

namespace SessionManager.Internal.Shared;

/// <summary>
/// Tells which result belongs to which tool call: the nearest one behind it with its id, before the next message that calls
/// with the same id. Some providers give the same ids again in every turn.
/// </summary>
internal sealed class CallLedger
{
    private static readonly HashSet<string> NoIds = [];

    private readonly IReadOnlySet<string> _asked;
    private readonly Dictionary<string, List<Call>> _latest = new(StringComparer.Ordinal);
    private readonly Dictionary<(int Message, int Content), Call> _callOfResult = [];

    private CallLedger(IReadOnlySet<string> asked) => _asked = asked;

    public List<Call> Calls { get; } = [];

    /// <param name="history">The history.</param>
    /// <param name="newMessages">What is about to follow it.</param>
    /// <param name="asked">The ids of calls that there were requests for approval for, or null.</param>
    public static CallLedger Read(IReadOnlyList<HistoryMessage> history, IReadOnlyList<ChatMessage> newMessages, IReadOnlySet<string>? asked = null)
    {
        var ledger = new CallLedger(asked ?? NoIds);
        for (var i = 0; i < history.Count; i++)
        {
            ledger.Add(history[i].Contents, i);
        }

        ledger.Follow(newMessages);
        return ledger;
    }

    /// <summary>
    /// Gets the call of the result at a place of the history; null when it has none, or another result.
    /// </summary>
    public Call? GetCallOf(int message, int content) => _callOfResult.GetValueOrDefault((message, content));

    private void Add(IList<AIContent> contents, int message)
    {
        for (var i = 0; i < contents.Count; i++)
        {
            if (contents[i] is FunctionCallContent call)
            {
                Open(new Call(message, i, call.CallId));
            }
            else if (contents[i] is FunctionResultContent result && FindUnanswered(result.CallId) is { } answered)
            {
                answered.HasResult = true;
                _callOfResult.Add((message, i), answered);
            }
        }
    }

    private void Follow(IReadOnlyList<ChatMessage> newMessages)
    {
        foreach (var content in newMessages.SelectMany(message => message.Contents))
        {
            if (content is FunctionCallContent call)
            {
                // Results behind this one are its own.
                _latest.Remove(call.CallId);
            }
            else if (GetAnsweredId(content) is { } id && FindUnanswered(id) is { } answered)
            {
                answered.IsAnsweredLater = true;
            }
        }
    }

    // What is approved now has a result when the model is called. Where it was asked for with a request, the request stands for it.
    private string? GetAnsweredId(AIContent content) => content switch
    {
        FunctionResultContent result => result.CallId,
        ToolApprovalResponseContent { ToolCall: FunctionCallContent approved } when !_asked.Contains(approved.CallId) => approved.CallId,
        _ => null,
    };

    private void Open(Call call)
    {
        Calls.Add(call);
        // Calls of one message that share an id are answered one after the other; a later message starts anew.
        if (_latest.TryGetValue(call.Id, out var calls) && calls[0].Message == call.Message)
        {
            calls.Add(call);
        }
        else
        {
            _latest[call.Id] = [call];
        }
    }

    private Call? FindUnanswered(string callId) =>
        _latest.GetValueOrDefault(callId)?.Find(call => call is { HasResult: false, IsAnsweredLater: false });
}
