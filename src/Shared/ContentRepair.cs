using Microsoft.Extensions.AI;

namespace SessionManager.Internal.Shared;

/// <summary>
/// Leaves out contents that providers refuse wherever they stand in a history. What is stored keeps them.
/// </summary>
internal static class ContentRepair
{
    // As its client, Microsoft.Extensions.AI.OpenAI, calls itself, and the property that names a thought.
    private const string OpenAI = "openai";
    private const string OpenAIThoughtId = "reasoningItemId";

    /// <param name="history">The history.</param>
    /// <param name="provider">The provider that is going to get it, or null where that is not known.</param>
    public static RepairedHistory Repair(IReadOnlyList<HistoryMessage> history, string? provider)
    {
        List<HistoryMessage>? changed = null;
        var repair = HistoryRepair.None;
        for (var i = 0; i < history.Count; i++)
        {
            var message = history[i];
            var refused = message.Contents.Count(content => IsRefused(message.Message, content, provider));
            if (refused > 0 || message.Contents.Count == 0)
            {
                changed ??= [.. history.Take(i)];
                repair = Count(repair, message.Message);
                if (refused < message.Contents.Count)
                {
                    changed.Add(message.With([.. message.Contents.Where(content => !IsRefused(message.Message, content, provider))]));
                }
            }
            else
            {
                changed?.Add(message);
            }
        }

        return new RepairedHistory(changed ?? history, repair);
    }

    /// <summary>
    /// Tells whether a message says nothing at all. Bedrock and Anthropic refuse blank texts, and messages without contents.
    /// </summary>
    public static bool IsBlank(ChatMessage message) => message.Contents.All(IsBlank);

    private static bool IsBlank(AIContent content) => content is TextContent { Text: var text } && string.IsNullOrWhiteSpace(text);

    private static bool IsRefused(ChatMessage message, AIContent content, string? provider) =>
        IsBlank(content) || IsUnsigned(message, content) || IsForeign(message, content, provider);

    // Anthropic signs a thought at its end, and refuses one without its signature.
    private static bool IsUnsigned(ChatMessage message, AIContent content) =>
        content is TextReasoningContent { ProtectedData: null or "" } && MessageMarks.Has(message, MessageMarks.Interrupted);

    // A signature, or an encrypted thought, is of use to nobody but the provider that made it.
    private static bool IsForeign(ChatMessage message, AIContent content, string? provider) =>
        content is TextReasoningContent thought && provider is not null
        && ((message.AdditionalProperties?.TryGetValue(MessageMarks.Provider, out var origin) == true && origin?.ToString() != provider)
            || (provider == OpenAI && IsPlain(thought)));

    // OpenAI has two services of one name. One gives thoughts that the other does not take: it knows its own by an id, or encrypted.
    private static bool IsPlain(TextReasoningContent thought) =>
        string.IsNullOrEmpty(thought.ProtectedData) && thought.AdditionalProperties?.ContainsKey(OpenAIThoughtId) != true;

    private static HistoryRepair Count(HistoryRepair repair, ChatMessage message) => repair with
    {
        BlankMessageCount = repair.BlankMessageCount + (message.Contents.Count == 0 || message.Contents.Any(IsBlank) ? 1 : 0),
        UnsignedThoughtCount = repair.UnsignedThoughtCount + (message.Contents.Any(content => IsUnsigned(message, content)) ? 1 : 0),
    };
}
