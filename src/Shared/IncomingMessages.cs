using Microsoft.Extensions.AI;

namespace SessionManager.Internal.Shared;

/// <summary>
/// The messages of one request, told apart: configuration, what belongs into the history, and what context providers and the
/// like have added.
/// </summary>
internal sealed class IncomingMessages
{
    // What GetResponseAsync<T> of Microsoft.Extensions.AI adds to a request for a model that does not take schemas otherwise.
    private const string SchemaPrompt = "Respond with a JSON value conforming to the following schema:\r\n```\r\n";

    private static readonly ChatRole Developer = new("developer");

    /// <summary>
    /// Initializes a new instance of the <see cref="IncomingMessages"/> class.
    /// </summary>
    /// <param name="messages">The messages of the request.</param>
    /// <param name="isOfUserOnly">Whether whoever sends them is trusted with nothing but messages of the user, and so with no configuration.</param>
    /// <param name="isNew">Tells whether a message behind the configuration belongs into the history, or null where all do.</param>
    public IncomingMessages(IEnumerable<ChatMessage> messages, bool isOfUserOnly = false, Func<ChatMessage, bool>? isNew = null)
    {
        ChatMessage[] all = [.. messages];
        var systemCount = isOfUserOnly ? 0 : all.TakeWhile(static message => IsConfiguration(message.Role)).Count();
        System = all[..systemCount];
        New = [.. all.Skip(systemCount).Where(message => (isNew is null || isNew(message)) && !IsSchemaPrompt(message, all[^1]))];
        Context = [.. all.Skip(systemCount).Except(New)];
    }

    /// <summary>
    /// Gets the leading system messages, those of the role <c>developer</c> included: OpenAI's newer models call it so.
    /// </summary>
    public IReadOnlyList<ChatMessage> System { get; private set; }

    /// <summary>
    /// Gets the others that belong into the history.
    /// </summary>
    public IReadOnlyList<ChatMessage> New { get; }

    /// <summary>
    /// Gets the others that do not: they are sent with this run, and not stored.
    /// </summary>
    public IReadOnlyList<ChatMessage> Context { get; }

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

    private static bool IsSchemaPrompt(ChatMessage message, ChatMessage last) =>
        ReferenceEquals(message, last) && message.Role == ChatRole.User && message.Contents is [TextContent { Text: var text }]
        && text.StartsWith(SchemaPrompt, StringComparison.Ordinal) && text.EndsWith("\r\n```", StringComparison.Ordinal);

    private static bool IsConfiguration(ChatRole role) => role == ChatRole.System || role == Developer;
}
