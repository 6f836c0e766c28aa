using Microsoft.Extensions.AI;

namespace SessionManager.Internal.Shared;

/// <summary>
/// The messages of one request, told apart: configuration, what belongs into the history, and what context providers and the
/// like have added.
/// </summary>
internal sealed class IncomingMessages
{
    private static readonly ChatRole Developer = new("developer");

    /// <summary>
    /// Initializes a new instance of the <see cref="IncomingMessages"/> class.
    /// </summary>
    /// <param name="messages">The messages of the request.</param>
    /// <param name="isNew">Tells whether a message behind the configuration belongs into the history, or null where all do.</param>
    public IncomingMessages(IEnumerable<ChatMessage> messages, Func<ChatMessage, bool>? isNew = null)
    {
        ChatMessage[] all = [.. messages];
        var systemCount = all.TakeWhile(static message => IsConfiguration(message.Role)).Count();
        System = all[..systemCount];
        Others = all[systemCount..];
        New = isNew is null ? Others : [.. Others.Where(isNew)];
    }

    /// <summary>
    /// Gets the leading system messages, those of the role <c>developer</c> included: OpenAI's newer models call it so.
    /// </summary>
    public IReadOnlyList<ChatMessage> System { get; private set; }

    /// <summary>
    /// Gets all other messages.
    /// </summary>
    public IReadOnlyList<ChatMessage> Others { get; }

    /// <summary>
    /// Gets those of the others that belong into the history.
    /// </summary>
    public IReadOnlyList<ChatMessage> New { get; }

    /// <summary>
    /// Gets a value indicating whether there are tool results and nothing else. They come without the system messages that
    /// their run began with.
    /// </summary>
    public bool IsContinuation => New.Count > 0 && New.All(static message => message.Role == ChatRole.Tool);

    /// <summary>
    /// Sets the system messages of the request that these messages continue, where they have none of their own.
    /// </summary>
    public void Continue(IReadOnlyList<ChatMessage> systemMessages)
    {
        if (System.Count == 0)
        {
            System = systemMessages;
        }
    }

    /// <summary>
    /// Gets the system prompt that the agent has with these messages.
    /// </summary>
    /// <returns>Null when there is none, and when these messages continue a request that is not known here.</returns>
    public string? GetSystemPrompt(string? instructions)
    {
        if (IsContinuation && System.Count == 0)
        {
            return null;
        }

        var parts = System.Select(static message => message.Text).Prepend(instructions).Where(static text => !string.IsNullOrEmpty(text));
        var prompt = string.Join('\n', parts);
        return prompt.Length == 0 ? null : prompt;
    }

    /// <summary>
    /// Counts the new messages that a history ends with already: a caller that repeats a request that failed repeats
    /// messages with ids that are stored.
    /// </summary>
    public int CountAtEndOf(IReadOnlyList<ChatMessage> history)
    {
        // The longest match first: a shorter one would store a part of the request again.
        for (var count = Math.Min(New.Count, history.Count); count > 0; count--)
        {
            var start = history.Count - count;
            if (Enumerable.Range(0, count).All(i => New[i].MessageId is { } id && id == history[start + i].MessageId))
            {
                return count;
            }
        }

        return 0;
    }

    private static bool IsConfiguration(ChatRole role) => role == ChatRole.System || role == Developer;
}
