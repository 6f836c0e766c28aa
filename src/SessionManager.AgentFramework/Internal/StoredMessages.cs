using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;

namespace SessionManager.Internal;

/// <summary>
/// Tells what is stored of the messages of Agent Framework.
/// </summary>
internal static class StoredMessages
{
    private const string InterruptedName = "interrupted";

    private static readonly string AttributionName = AgentRequestMessageSourceAttribution.AdditionalPropertiesKey;

    /// <summary>
    /// Tells whether a message is the caller's or the model's, and not one of the history or of a context provider.
    /// </summary>
    public static bool IsOfCaller(ChatMessage message) =>
        message.GetAgentRequestMessageSourceType() == AgentRequestMessageSourceType.External;

    /// <summary>
    /// Gets what is stored of a message, without changing it: Agent Framework marks where it has a message from, which is
    /// no part of the message.
    /// </summary>
    public static ChatMessage ToStored(ChatMessage message)
    {
        if (message.AdditionalProperties is not { } properties || !properties.ContainsKey(AttributionName))
        {
            return message;
        }

        var stored = message.Clone();
        stored.AdditionalProperties = null;
        if (properties.Count > 1)
        {
            stored.AdditionalProperties = new(properties);
            stored.AdditionalProperties.Remove(AttributionName);
        }

        return stored;
    }

    /// <summary>
    /// Gets the messages that have arrived of a response that has no end, without some contents. The last one is marked.
    /// </summary>
    public static IReadOnlyList<ChatMessage> GetInterrupted(AgentResponse response, HashSet<AIContent> excluded)
    {
        foreach (var message in response.Messages)
        {
            message.Contents = [.. message.Contents.Where(content => !excluded.Contains(content))];
        }

        ChatMessage[] messages = [.. response.Messages.Where(static message => message.Contents.Count > 0)];
        if (messages is [.., var last])
        {
            last.AdditionalProperties = last.AdditionalProperties is { } properties ? new(properties) : [];
            last.AdditionalProperties[InterruptedName] = true;
        }

        return messages;
    }

    /// <summary>
    /// Tells whether the last message asks for a tool to be called.
    /// </summary>
    public static bool EndWithToolCall(IReadOnlyList<ChatMessage> messages) =>
        messages is [.., var last] && last.Contents.Any(static content => content is FunctionCallContent { InformationalOnly: false });

    /// <summary>
    /// Adds a tool call for each result among some messages. How long the tools took is not known: it is part of the run.
    /// </summary>
    /// <returns>The number of tool calls that were added.</returns>
    public static int CountToolCalls(AgentMetrics metrics, IEnumerable<ChatMessage> messages, IEnumerable<ChatMessage> history)
    {
        FunctionResultContent[] results = [.. messages.SelectMany(static message => message.Contents).OfType<FunctionResultContent>()];
        if (results.Length == 0)
        {
            return 0;
        }

        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var call in history.Concat(messages).SelectMany(static message => message.Contents).OfType<FunctionCallContent>())
        {
            names[call.CallId] = call.Name;
        }

        var count = 0;
        foreach (var result in results)
        {
            if (names.TryGetValue(result.CallId, out var name) && !string.IsNullOrWhiteSpace(name))
            {
                metrics.AddToolCall(name, TimeSpan.Zero, result.Exception is null);
                count++;
            }
        }

        return count;
    }
}
