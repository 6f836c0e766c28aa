using Microsoft.Extensions.AI;

namespace SessionManager.Internal.Chat;

/// <summary>
/// The messages of one request, told apart: configuration, and what belongs into the history.
/// </summary>
internal sealed class IncomingMessages
{
    // Agent Framework marks with it where it has a message from, which is not part of the message.
    private const string AttributionName = "_attribution";

    public IncomingMessages(IEnumerable<ChatMessage> messages)
    {
        ChatMessage[] all = [.. messages];
        var systemCount = all.TakeWhile(static message => message.Role == ChatRole.System).Count();
        System = all[..systemCount];
        New = all[systemCount..];
    }

    /// <summary>
    /// Gets the leading system messages.
    /// </summary>
    public IReadOnlyList<ChatMessage> System { get; }

    /// <summary>
    /// Gets all other messages.
    /// </summary>
    public IReadOnlyList<ChatMessage> New { get; }

    /// <summary>
    /// Gets a value indicating whether there are tool results and nothing else.
    /// </summary>
    public bool IsContinuation => New.Count > 0 && New.All(static message => message.Role == ChatRole.Tool);

    /// <summary>
    /// Gets the system prompt that the agent has with these messages.
    /// </summary>
    /// <returns>
    /// Null when there is none. A continuation has none of its own either: it comes without the system messages that the
    /// request began with, so that it cannot tell.
    /// </returns>
    public string? GetSystemPrompt(string? instructions)
    {
        if (IsContinuation)
        {
            return null;
        }

        var parts = System.Select(static message => message.Text).Prepend(instructions).Where(static text => !string.IsNullOrEmpty(text));
        var prompt = string.Join('\n', parts);
        return prompt.Length == 0 ? null : prompt;
    }

    /// <summary>
    /// Gets the messages that a history does not end with yet: a caller that repeats a request that failed repeats
    /// messages with ids that are stored already.
    /// </summary>
    public IReadOnlyList<ChatMessage> GetNotIn(IList<ChatMessage> history)
    {
        for (var count = Math.Min(New.Count, history.Count); count > 0; count--)
        {
            var start = history.Count - count;
            var isRepeated = Enumerable.Range(0, count).All(i => New[i].MessageId is { } id && id == history[start + i].MessageId);
            if (isRepeated)
            {
                return [.. New.Skip(count)];
            }
        }

        return New;
    }

    /// <summary>
    /// Gets what is stored of a message, without changing it.
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
}
