using Microsoft.Extensions.AI;

namespace SessionManager.Testing.Models;

/// <summary>
/// What a <see cref="ScriptedModel"/> was sent.
/// </summary>
/// <param name="Given">What it was given, the object itself.</param>
/// <param name="Messages">The messages in it at that time.</param>
/// <param name="Options">The options, the object itself.</param>
/// <param name="Number">The number of the call, from 1.</param>
public sealed record ScriptedRequest(IEnumerable<ChatMessage> Given, IReadOnlyList<ChatMessage> Messages, ChatOptions? Options, int Number)
{
    /// <summary>
    /// Gets the messages in short: role, and text or what else there is.
    /// </summary>
    public IReadOnlyList<string> Lines => [.. Messages.Select(Show)];

    /// <summary>
    /// Shows a message in short.
    /// </summary>
    public static string Show(ChatMessage message) => $"{message.Role}: {string.Join(" | ", message.Contents.Select(Show))}";

    private static string Show(AIContent content) => content switch
    {
        TextContent text => text.Text,
        FunctionCallContent call => $"call {call.Name}",
        FunctionResultContent result => $"result {result.Result}",
        ToolApprovalRequestContent { ToolCall: FunctionCallContent call } => $"may I {call.Name}?",
        ToolApprovalResponseContent response => response.Approved ? "yes" : "no",
        _ => content.GetType().Name,
    };
}
