using Microsoft.Extensions.AI;

namespace SessionManager.Internal.History;

/// <summary>
/// Tells which result belongs to which tool call: the nearest one behind it with its id, before the next message that calls
/// with the same id. Some providers give the same ids again in every turn.
/// </summary>
internal sealed class CallLedger
{
    private readonly Dictionary<string, List<Call>> _latest = new(StringComparer.Ordinal);
    private readonly Dictionary<(int Message, int Content), Call> _callOfResult = [];

    private CallLedger()
    {
    }

    public List<Call> Calls { get; } = [];

    public static CallLedger Read(IReadOnlyList<HistoryMessage> history, IReadOnlyList<ChatMessage> newMessages)
    {
        var ledger = new CallLedger();
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
            else if (content is FunctionResultContent result && FindUnanswered(result.CallId) is { } answered)
            {
                answered.IsAnsweredLater = true;
            }
        }
    }

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
