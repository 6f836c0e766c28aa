using Microsoft.Extensions.AI;

namespace SessionManager.Testing.Providers;

/// <summary>
/// The rules that model providers have for a request, whatever their wire format: those of Bedrock Converse, of Anthropic
/// Messages, and of OpenAI's chat completions and responses. What one of them refuses is a violation.
/// </summary>
public static class ProviderRules
{
    private const string InterruptedName = "interrupted";

    private static readonly ChatRole Developer = new("developer");

    /// <summary>
    /// Finds what a provider would answer 400 to.
    /// </summary>
    /// <param name="messages">What a model client is given.</param>
    /// <param name="options">The options that it is given, or null.</param>
    /// <returns>A sentence for each violation; none for a request that every provider accepts.</returns>
    public static IReadOnlyList<string> FindViolations(IReadOnlyList<ChatMessage> messages, ChatOptions? options = null)
    {
        List<string> violations = [];
        CheckPresence(messages, options, violations);
        for (var i = 0; i < messages.Count; i++)
        {
            CheckContents(messages[i], i, violations);
        }

        ToolPairing.Check(messages, violations);
        return violations;
    }

    /// <summary>
    /// Finds whether a conversation begins with another message than one of the user, which Bedrock and Anthropic refuse and
    /// OpenAI does not.
    /// </summary>
    public static IReadOnlyList<string> FindViolationsOfBeginning(IReadOnlyList<ChatMessage> messages) =>
        messages.FirstOrDefault(static message => !IsSystem(message)) is { } first && first.Role != ChatRole.User
            ? [$"The conversation begins with a message of the role {first.Role}, not of the user."]
            : [];

    /// <summary>
    /// Throws what a client throws when its provider answers 400.
    /// </summary>
    /// <param name="messages">What a model client is given.</param>
    /// <param name="options">The options that it is given, or null.</param>
    /// <param name="beginsWithUser">Whether a conversation that begins with another message than one of the user is refused, too.</param>
    /// <exception cref="ProviderRefusedException">A provider would refuse the request.</exception>
    public static void ThrowIfRefused(IReadOnlyList<ChatMessage> messages, ChatOptions? options = null, bool beginsWithUser = true)
    {
        IReadOnlyList<string> violations = [.. FindViolations(messages, options), .. beginsWithUser ? FindViolationsOfBeginning(messages) : []];
        if (violations.Count > 0)
        {
            throw ProviderRefusals.Add(violations, messages);
        }
    }

    private static bool IsSystem(ChatMessage message) => message.Role == ChatRole.System || message.Role == Developer;

    private static void CheckPresence(IReadOnlyList<ChatMessage> messages, ChatOptions? options, List<string> violations)
    {
        if (options?.ContinuationToken is not null)
        {
            // OpenAI's client throws already when there is any.
            if (messages.Count > 0)
            {
                violations.Add($"The request has {messages.Count} messages together with a continuation token.");
            }
        }
        else if (messages.All(IsSystem))
        {
            violations.Add("The request has no message beside those of the system.");
        }
    }

    private static void CheckContents(ChatMessage message, int index, List<string> violations)
    {
        if (message.Contents.All(static content => content is UsageContent))
        {
            violations.Add($"Message {index} ({message.Role}) is empty.");
        }

        var isInterrupted = message.AdditionalProperties?.ContainsKey(InterruptedName) is true;
        foreach (var content in message.Contents)
        {
            if (FindViolation(message, isInterrupted, content) is { } violation)
            {
                violations.Add($"Message {index} ({message.Role}) {violation}");
            }
        }
    }

    private static string? FindViolation(ChatMessage message, bool isInterrupted, AIContent content) => content switch
    {
        TextContent text when string.IsNullOrWhiteSpace(text.Text) => "has a blank text.",
        ToolApprovalRequestContent { ToolCall: FunctionCallContent call } => $"asks for approval of {call.CallId}.",
        ToolApprovalResponseContent { ToolCall: FunctionCallContent call } => $"answers for approval of {call.CallId}.",
        FunctionCallContent call when message.Role != ChatRole.Assistant => $"calls {call.CallId}.",
        FunctionResultContent result when message.Role != ChatRole.Tool => $"has the result of {result.CallId}.",
        TextReasoningContent when message.Role != ChatRole.Assistant => "has a thought.",
        TextReasoningContent { ProtectedData: null or "" } when isInterrupted => "was interrupted and has a thought without signature.",
        _ => null,
    };
}
