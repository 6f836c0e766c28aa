using Microsoft.Extensions.AI;

namespace SessionManager.Internal.History;

/// <summary>
/// Finds what a strict provider would refuse in what it is sent. It reads the messages as the client of such a provider does:
/// calls only from assistant messages, results only from tool messages, and all else is passed over or stands between.
/// </summary>
internal static class HistoryChecker
{
    public static void AssertValid(IReadOnlyCollection<ChatMessage> messages)
    {
        var fault = FindFault(messages);
        Assert.True(fault is null, $"{fault} in: {HistoryNotation.Format(messages)}");
    }

    public static string? FindFault(IEnumerable<ChatMessage> messages)
    {
        List<string> waiting = [];
        foreach (var message in messages)
        {
            foreach (var content in message.Contents)
            {
                if (content is FunctionCallContent && message.Role != ChatRole.Assistant)
                {
                    return "A call that no client sends";
                }

                if (content is FunctionResultContent result && (message.Role != ChatRole.Tool || !waiting.Remove(result.CallId)))
                {
                    return $"Result {result.CallId} out of place";
                }
            }

            if (message.Role == ChatRole.Tool && message.Contents.Any(content => content is FunctionResultContent))
            {
                continue;
            }

            if (waiting.Count > 0)
            {
                return $"No result of {string.Join(", ", waiting)}";
            }

            waiting.AddRange(message.Contents.OfType<FunctionCallContent>().Select(call => call.CallId));
        }

        return waiting.Count > 0 ? $"No result of {string.Join(", ", waiting)}" : FindApprovalFault([.. messages.SelectMany(message => message.Contents)]);
    }

    private static string? FindApprovalFault(List<AIContent> contents)
    {
        var requests = contents.OfType<InputRequestContent>().ToList();
        if (requests.OfType<ToolApprovalRequestContent>().Where(request => request.ToolCall is FunctionCallContent).GroupBy(request => request.RequestId).Any(group => group.Count() > 1))
        {
            return "Two requests with one id";
        }

        foreach (var request in requests)
        {
            if (!contents.Skip(contents.IndexOf(request)).OfType<InputResponseContent>().Any(response => response.RequestId == request.RequestId))
            {
                return $"Request {request.RequestId} without an answer";
            }
        }

        foreach (var response in contents.OfType<InputResponseContent>())
        {
            if (!contents.Take(contents.IndexOf(response)).OfType<InputRequestContent>().Any(request => request.RequestId == response.RequestId))
            {
                return $"Answer {response.RequestId} without a request";
            }
        }

        return null;
    }
}
