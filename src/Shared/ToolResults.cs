using Microsoft.Extensions.AI;

namespace SessionManager.Internal.Shared;

/// <summary>
/// Counts tool calls by the results that come of them.
/// </summary>
internal static class ToolResults
{
    /// <summary>
    /// Adds a tool call for each result among some messages.
    /// </summary>
    /// <param name="metrics">What to add to.</param>
    /// <param name="messages">The messages.</param>
    /// <param name="context">The messages that hold the calls. A result whose call is not among them is not counted.</param>
    /// <param name="elapsed">The time that the tools took together.</param>
    /// <returns>The number of tool calls that were added.</returns>
    public static int Count(AgentMetrics metrics, IEnumerable<ChatMessage> messages, IEnumerable<ChatMessage> context, TimeSpan elapsed)
    {
        FunctionResultContent[] results = [.. messages.SelectMany(static message => message.Contents).OfType<FunctionResultContent>()];
        if (results.Length == 0)
        {
            return 0;
        }

        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var call in context.SelectMany(static message => message.Contents).OfType<FunctionCallContent>())
        {
            names[call.CallId] = call.Name;
        }

        var count = 0;
        foreach (var result in results)
        {
            if (names.TryGetValue(result.CallId, out var name) && !string.IsNullOrWhiteSpace(name))
            {
                metrics.AddToolCall(name, elapsed / results.Length, result.Exception is null);
                count++;
            }
        }

        return count;
    }
}
