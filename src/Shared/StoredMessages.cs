using Microsoft.Extensions.AI;

namespace SessionManager.Internal.Shared;

/// <summary>
/// Tells what is stored of messages.
/// </summary>
internal static class StoredMessages
{
    // Agent Framework marks with it where it has a message from, which is not part of the message. Its agents run over
    // pipelines of chat clients, too, whose package does not know the constant.
    private const string AttributionName = "_attribution";

    private const string InterruptedName = "interrupted";

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

    /// <summary>
    /// Gets the messages that are worth storing of an answer that has no end. The last one is marked.
    /// </summary>
    public static IReadOnlyList<ChatMessage> GetInterrupted(IEnumerable<ChatMessage> messages)
    {
        ChatMessage[] stored = [.. messages.Where(static message => message.Contents.Count > 0)];
        if (stored is [.., var last])
        {
            // A dictionary of its own: this one may be that of an update, which the consumer has.
            last.AdditionalProperties = last.AdditionalProperties is { } properties ? new(properties) : [];
            last.AdditionalProperties[InterruptedName] = true;
        }

        return stored;
    }
}
