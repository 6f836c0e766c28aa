using Microsoft.Extensions.AI;

namespace SessionManager.Internal.Shared;

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

    /// <summary>
    /// Puts the results that follow a message of calls into one message, in the order of the calls, as function invocation does:
    /// they are stored one by one, as they come.
    /// </summary>
    public static IReadOnlyList<HistoryMessage> Join(IReadOnlyList<HistoryMessage> history)
    {
        List<HistoryMessage>? joined = null;
        for (var i = 0; i < history.Count; i++)
        {
            var count = 1;
            while (i + count < history.Count && IsResults(history[i]) && IsResults(history[i + count]))
            {
                count++;
            }

            if (count > 1)
            {
                joined ??= [.. history.Take(i)];
                joined.Add(Join(history, i, count));
                i += count - 1;
            }
            else
            {
                joined?.Add(history[i]);
            }
        }

        return joined ?? history;
    }

    private static HistoryMessage Join(IReadOnlyList<HistoryMessage> history, int start, int count)
    {
        string[] calls = start == 0 ? [] : [.. history[start - 1].Contents.OfType<FunctionCallContent>().Select(static call => call.CallId)];
        return history[start].With(
        [
            .. history.Skip(start).Take(count).SelectMany(static message => message.Contents)
                .OrderBy(content => content is FunctionResultContent result ? Array.IndexOf(calls, result.CallId) : calls.Length),
        ]);
    }

    private static bool IsResults(HistoryMessage message) =>
        message.Message.Role == ChatRole.Tool && message.Contents.All(static content => content is FunctionResultContent);

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
