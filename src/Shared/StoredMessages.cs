using Microsoft.Extensions.AI;

namespace SessionManager.Internal.Shared;

/// <summary>
/// Tells what is stored of messages.
/// </summary>
internal static class StoredMessages
{
    /// <summary>
    /// Gets what is stored of a message, without changing it.
    /// </summary>
    public static ChatMessage ToStored(ChatMessage message) => MessageMarks.Without(message, MessageMarks.Attribution, MessageMarks.Position);

    /// <summary>
    /// Gets the messages that are worth storing of an answer that has no end. The last one is marked.
    /// </summary>
    public static IReadOnlyList<ChatMessage> GetInterrupted(IEnumerable<ChatMessage> messages)
    {
        ChatMessage[] stored = [.. messages.Where(static message => !ContentRepair.IsBlank(message))];
        if (stored is [.., var last])
        {
            MessageMarks.Set(last, MessageMarks.Interrupted, true);
        }

        return stored;
    }

    /// <summary>
    /// Notes on the last messages of an answer what it came with: why it ended, and the id of its response.
    /// </summary>
    public static void Describe(IReadOnlyList<ChatMessage> messages, ChatResponse response)
    {
        if (TurnEnd.IndexIn(messages) is not (>= 0 and var index))
        {
            return;
        }

        if (response.FinishReason is { } reason)
        {
            MessageMarks.Set(messages[index], MessageMarks.FinishReason, reason.Value);
        }

        if (response.ResponseId is { } id)
        {
            MessageMarks.Set(messages[index], MessageMarks.ResponseId, id);
        }
    }

    /// <summary>
    /// Notes on a message of an answer whose thoughts it holds.
    /// </summary>
    public static void Describe(ChatMessage message, string? provider)
    {
        if (provider is not null && message.Contents.Any(static content => content is TextReasoningContent))
        {
            MessageMarks.Set(message, MessageMarks.Provider, provider);
        }
    }
}
