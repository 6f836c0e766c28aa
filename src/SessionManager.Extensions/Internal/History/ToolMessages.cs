using Microsoft.Extensions.AI;

namespace SessionManager.Internal.History;

/// <summary>
/// Puts tool results into messages of the tool role. Other libraries write them into a message of the user, as Bedrock wants
/// it, or into the very message of the call; some providers' clients pass over them there.
/// </summary>
internal static class ToolMessages
{
    public static IReadOnlyList<HistoryMessage> Separate(IReadOnlyList<HistoryMessage> history)
    {
        List<HistoryMessage>? separated = null;
        for (var i = 0; i < history.Count; i++)
        {
            var message = history[i];
            if (message.Contents.Any(content => content is FunctionResultContent) && !IsToolMessage(message))
            {
                separated ??= [.. history.Take(i)];
                separated.AddRange(Split(message));
            }
            else
            {
                separated?.Add(message);
            }
        }

        return separated ?? history;
    }

    private static bool IsToolMessage(HistoryMessage message) =>
        message.Message.Role == ChatRole.Tool && !message.Contents.Any(content => content is FunctionCallContent);

    private static IEnumerable<HistoryMessage> Split(HistoryMessage message)
    {
        List<AIContent> run = [];
        foreach (var content in message.Contents)
        {
            if (run.Count > 0 && run[^1] is FunctionResultContent != content is FunctionResultContent)
            {
                yield return ToMessage(message, run);
                run = [];
            }

            run.Add(content);
        }

        yield return ToMessage(message, run);
    }

    private static HistoryMessage ToMessage(HistoryMessage message, List<AIContent> run)
    {
        var part = message.With(run);
        if (run[0] is FunctionResultContent)
        {
            part.Message.Role = ChatRole.Tool;
        }

        return part;
    }
}
