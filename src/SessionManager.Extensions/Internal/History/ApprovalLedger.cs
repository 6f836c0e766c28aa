using Microsoft.Extensions.AI;
using SessionManager.Internal.Shared;

namespace SessionManager.Internal.History;

/// <summary>
/// Tells what became of each request for approval or input, up to the next one with the same id.
/// </summary>
internal sealed class ApprovalLedger
{
    // Requests to approve a function are known by the id of the call, as FunctionInvokingChatClient does, others by their own.
    private readonly Dictionary<(bool IsCall, string Id), ApprovalRequest> _latest = [];

    private ApprovalLedger()
    {
    }

    public List<ApprovalRequest> Requests { get; } = [];

    /// <summary>
    /// Gets the places of the answers to requests that are not there, or that another answer was given to.
    /// </summary>
    public List<(int Message, int Content)> Orphans { get; } = [];

    public static ApprovalLedger Read(IReadOnlyList<HistoryMessage> history, IReadOnlyList<ChatMessage> newMessages)
    {
        var ledger = new ApprovalLedger();
        for (var i = 0; i < history.Count; i++)
        {
            ledger.Add(history[i].Contents, i);
        }

        // Later requests are none of the history's: they only end the ones that have the same id.
        foreach (var content in newMessages.SelectMany(message => message.Contents))
        {
            if (content is InputRequestContent request)
            {
                ledger._latest.Remove(GetKey(request));
            }
            else if (content is InputResponseContent response)
            {
                ledger.Find(GetKey(response))?.IsAnsweredLater = true;
            }
            else
            {
                ledger.Follow(content);
            }
        }

        return ledger;
    }

    private static (bool IsCall, string Id) GetKey(InputRequestContent request) =>
        request is ToolApprovalRequestContent { ToolCall: FunctionCallContent call } ? (true, call.CallId) : (false, request.RequestId);

    private static (bool IsCall, string Id) GetKey(InputResponseContent response) =>
        response is ToolApprovalResponseContent { ToolCall: FunctionCallContent call } ? (true, call.CallId) : (false, response.RequestId);

    private void Add(IList<AIContent> contents, int message)
    {
        for (var i = 0; i < contents.Count; i++)
        {
            if (contents[i] is InputRequestContent content)
            {
                var request = new ApprovalRequest(message, i, content);
                Requests.Add(request);
                _latest[GetKey(content)] = request;
            }
            else if (contents[i] is InputResponseContent response)
            {
                // The first answer counts; another one answers nothing.
                if (Find(GetKey(response)) is { Response: null } answered)
                {
                    answered.Response = (message, i);
                }
                else
                {
                    Orphans.Add((message, i));
                }
            }
            else
            {
                Follow(contents[i]);
            }
        }
    }

    private void Follow(AIContent content)
    {
        if (content is FunctionCallContent call)
        {
            Find((true, call.CallId))?.HasCall = true;
        }
        else if (content is FunctionResultContent result)
        {
            Find((true, result.CallId))?.HasResult = true;
        }
    }

    private ApprovalRequest? Find((bool IsCall, string Id) key) => _latest.GetValueOrDefault(key);
}
