using Microsoft.Extensions.AI;
using SessionManager.Internal.Shared;

namespace SessionManager.Internal.History;

/// <summary>
/// Tells turns apart, and which part of a history the messages behind it still need.
/// </summary>
internal static class OpenTurn
{
    /// <summary>
    /// Finds the first message with a call or request that the new messages answer; the end of the history when there is none.
    /// </summary>
    public static int FindFirst(IReadOnlyList<HistoryMessage> history, IReadOnlyList<ChatMessage> newMessages)
    {
        var wanted = FindWanted(newMessages);
        var first = history.Count;
        // From the end: an answer is to the latest question with its id.
        for (var i = history.Count - 1; i >= 0 && wanted.Count > 0; i--)
        {
            foreach (var content in history[i].Contents)
            {
                if (GetQuestion(content) is { } question && wanted.Remove(question))
                {
                    first = i;
                }
            }
        }

        return first;
    }

    /// <summary>
    /// Tells whether the new messages go on with the turn in which the history ends.
    /// </summary>
    public static bool IsContinuedBy(IReadOnlyList<ChatMessage> newMessages) =>
        newMessages.FirstOrDefault(message => message.Role == ChatRole.User || message.Role == ChatRole.Assistant || message.Role == ChatRole.Tool)
            is { } first && !MessageKey.BeginsTurn(first);

    /// <summary>
    /// Tells whether the new messages go on with a turn, or answer a call or request of the history.
    /// </summary>
    public static bool IsNeededBy(IReadOnlyList<ChatMessage> newMessages) => IsContinuedBy(newMessages) || FindWanted(newMessages).Count > 0;

    private static HashSet<(bool IsCall, string Id)> FindWanted(IReadOnlyList<ChatMessage> newMessages)
    {
        HashSet<(bool IsCall, string Id)> wanted = [];
        // What the new messages ask and answer themselves has nothing to do with the history.
        HashSet<(bool IsCall, string Id)> own = [];
        foreach (var content in newMessages.SelectMany(message => message.Contents))
        {
            if (GetQuestion(content) is { } question)
            {
                own.Add(question);
            }
            else if (GetAnswered(content) is { } answered && !own.Contains(answered))
            {
                wanted.Add(answered);
            }
        }

        return wanted;
    }

    private static (bool IsCall, string Id)? GetQuestion(AIContent content) => content switch
    {
        FunctionCallContent call => (true, call.CallId),
        ToolApprovalRequestContent { ToolCall: FunctionCallContent call } => (true, call.CallId),
        InputRequestContent request => (false, request.RequestId),
        _ => null,
    };

    private static (bool IsCall, string Id)? GetAnswered(AIContent content) => content switch
    {
        FunctionResultContent result => (true, result.CallId),
        ToolApprovalResponseContent { ToolCall: FunctionCallContent call } => (true, call.CallId),
        InputResponseContent response => (false, response.RequestId),
        _ => null,
    };
}
