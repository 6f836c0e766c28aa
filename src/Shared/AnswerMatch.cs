using Microsoft.Extensions.AI;

namespace SessionManager.Internal.Shared;

/// <summary>
/// Tells which results of calls, and answers to requests, of a request are new: those whose call or request is stored and open.
/// </summary>
internal sealed class AnswerMatch
{
    private readonly IReadOnlyList<ChatMessage> _incoming;
    private readonly Dictionary<string, int> _openCalls = new(StringComparer.Ordinal);
    private readonly HashSet<string> _storedCalls = new(StringComparer.Ordinal);
    private readonly Dictionary<string, InputRequestContent> _openRequests = new(StringComparer.Ordinal);
    private readonly Dictionary<string, FunctionCallContent> _openStoredCalls = new(StringComparer.Ordinal);
    private readonly HashSet<string> _storedRequests = new(StringComparer.Ordinal);
    private readonly HashSet<string> _answeredRequests = new(StringComparer.Ordinal);

    // The answers that are new. Those of a call come from the end: some providers give the same ids again in every turn.
    private readonly HashSet<AIContent> _new = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<AIContent> _toIncoming = new(ReferenceEqualityComparer.Instance);

    public AnswerMatch(IReadOnlyList<ChatMessage> incoming, IReadOnlyList<ChatMessage> stored)
    {
        _incoming = incoming;
        if (!incoming.Any(MessageKey.Answers))
        {
            return;
        }

        Read(stored);
        FindAnswersToIncoming();
        for (var i = incoming.Count - 1; i >= 0; i--)
        {
            foreach (var content in incoming[i].Contents.Reverse())
            {
                Find(content);
            }
        }
    }

    /// <summary>
    /// Gets a message with those of its answers that are new; null where none are.
    /// </summary>
    public ChatMessage? GetNew(int index, bool isOfUserOnly, out int ignoredCount)
    {
        var message = _incoming[index];
        List<AIContent> contents = [];
        ignoredCount = 0;
        var hasNew = false;
        foreach (var content in message.Contents)
        {
            if (content is not (FunctionResultContent or InputResponseContent))
            {
                if (!isOfUserOnly || MessageKey.IsOfUser(content))
                {
                    contents.Add(content);
                }
            }
            else if (_new.Contains(content) && !(isOfUserOnly && _toIncoming.Contains(content)))
            {
                hasNew = true;
                contents.Add(ToStored(content));
            }
            else if (!IsKnown(content))
            {
                ignoredCount++;
            }
        }

        if (!hasNew)
        {
            return null;
        }

        if (contents.SequenceEqual(message.Contents, ReferenceEqualityComparer.Instance))
        {
            return message;
        }

        var left = message.Clone();
        left.Contents = contents;
        return left;
    }

    /// <summary>
    /// Tells whether a message holds results of stored calls.
    /// </summary>
    public bool IsToStoredCall(int index) =>
        _incoming[index].Contents.Any(content => content is FunctionResultContent && _new.Contains(content) && !_toIncoming.Contains(content));

    /// <summary>
    /// Tells whether what an approval answers is stored: the request, or the call that it is for.
    /// </summary>
    public bool IsStored(ToolApprovalResponseContent response) =>
        _storedRequests.Contains(response.RequestId) || (response.ToolCall is FunctionCallContent call && _storedCalls.Contains(call.CallId));

    private bool IsStored(InputRequestContent request) =>
        _storedRequests.Contains(request.RequestId)
        || (request is ToolApprovalRequestContent { ToolCall: FunctionCallContent call } && _storedCalls.Contains(call.CallId));

    private static bool IsFunctionApproval(AIContent content) => content is ToolApprovalResponseContent { ToolCall: FunctionCallContent };

    private void Read(IReadOnlyList<ChatMessage> stored)
    {
        var ledger = CallLedger.Read([.. stored.Select(static (message, i) => new HistoryMessage(message, i))], []);
        foreach (var calls in ledger.Calls.GroupBy(static call => call.Id, StringComparer.Ordinal))
        {
            _storedCalls.Add(calls.Key);
            var last = calls.Last().Message;
            _openCalls[calls.Key] = calls.Count(call => call.Message == last && !call.HasResult);
        }

        foreach (var content in stored.SelectMany(static message => message.Contents))
        {
            if (content is FunctionCallContent call && _openCalls.GetValueOrDefault(call.CallId) > 0)
            {
                // Where sessions stand inside of function invocation, the call is stored that it asks approval for.
                _openStoredCalls[call.CallId] = call;
            }
            else if (content is InputRequestContent request)
            {
                _storedRequests.Add(request.RequestId);
                _openRequests[request.RequestId] = request;
            }
            else if (content is InputResponseContent response)
            {
                _openRequests.Remove(response.RequestId);
            }
            else if (content is FunctionResultContent result && _storedCalls.Add(result.CallId))
            {
                // That of a call which was rejected: it was asked for, and never made.
                _openCalls[result.CallId] = 0;
            }
        }
    }

    private void FindAnswersToIncoming()
    {
        HashSet<string> calls = new(StringComparer.Ordinal);
        HashSet<string> requests = new(StringComparer.Ordinal);
        foreach (var content in _incoming.SelectMany(static message => message.Contents))
        {
            if (content is FunctionCallContent call && !_storedCalls.Contains(call.CallId))
            {
                calls.Add(call.CallId);
            }
            else if (content is InputRequestContent request && !IsStored(request))
            {
                requests.Add(request.RequestId);
            }
            else if ((content is FunctionResultContent result && calls.Contains(result.CallId))
                || (content is InputResponseContent response && requests.Contains(response.RequestId)))
            {
                _toIncoming.Add(content);
                _new.Add(content);
            }
        }
    }

    private void Find(AIContent content)
    {
        if (content is FunctionResultContent result && !_toIncoming.Contains(content) && _openCalls.GetValueOrDefault(result.CallId) > 0)
        {
            _openCalls[result.CallId]--;
            _new.Add(content);
        }
        else if (content is InputResponseContent response && !_toIncoming.Contains(content)
            && (_openRequests.ContainsKey(response.RequestId)
                || (!_storedRequests.Contains(response.RequestId) && (!IsFunctionApproval(content) || FindCall(response) is not null)))
            && _answeredRequests.Add(response.RequestId))
        {
            _new.Add(content);
        }
    }

    private bool IsKnown(AIContent content) => content switch
    {
        FunctionResultContent result => _storedCalls.Contains(result.CallId),
        ToolApprovalResponseContent response => IsStored(response),
        InputResponseContent response => _storedRequests.Contains(response.RequestId),
        _ => false,
    };

    /// <summary>
    /// Gets an approval with the call that approval was asked for: another one was not.
    /// </summary>
    private AIContent ToStored(AIContent content)
    {
        if (content is not ToolApprovalResponseContent response)
        {
            return content;
        }

        var asked = (_openRequests.GetValueOrDefault(response.RequestId) as ToolApprovalRequestContent)?.ToolCall ?? FindCall(response);
        if (asked is null || ReferenceEquals(asked, response.ToolCall))
        {
            return content;
        }

        return new ToolApprovalResponseContent(response.RequestId, response.Approved, asked)
        {
            Reason = response.Reason,
            AdditionalProperties = response.AdditionalProperties,
            Annotations = response.Annotations,
        };
    }

    private FunctionCallContent? FindCall(InputResponseContent response) =>
        response is ToolApprovalResponseContent { ToolCall: FunctionCallContent call } ? _openStoredCalls.GetValueOrDefault(call.CallId) : null;
}
