using System.Text.RegularExpressions;
using Microsoft.Extensions.AI;
using SessionManager.Internal.Shared;

namespace SessionManager.Internal.History;

/// <summary>
/// Histories as text: messages between bars, each a role (U, A, T or S) and contents between commas. <c>call1</c> is a call with
/// id 1, <c>result1</c> its result, <c>ask1</c> a request to approve it, <c>yes1</c> and <c>no1</c> answers to that; <c>hosted1</c>,
/// <c>hostedask1</c> and <c>hostedyes1</c> are the same for a tool of the provider's, <c>input1</c> and <c>reply1</c> for a request
/// that is no approval. <c>cut1</c> is a result that says that the tool was interrupted. All else is text.
/// </summary>
internal static partial class HistoryNotation
{
    private static readonly Dictionary<string, ChatRole> Roles = new()
    {
        ["U"] = ChatRole.User, ["A"] = ChatRole.Assistant, ["T"] = ChatRole.Tool, ["S"] = ChatRole.System,
    };

    public static List<ChatMessage> Parse(string text) =>
        [.. text.Split('|', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(ParseMessage)];

    public static string Format(IEnumerable<ChatMessage> messages) => string.Join(" | ", messages.Select(FormatMessage));

    public static FunctionCallContent Call(string id) => new(id, "tool", new Dictionary<string, object?> { ["x"] = 1 });

    private static ChatMessage ParseMessage(string text) => new(Roles[text[..1]], [.. Split(text[1..]).Select(ParseContent)]);

    private static string[] Split(string text) => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static AIContent ParseContent(string text)
    {
        var match = Content().Match(text);
        var id = match.Groups["id"].Value;
        return match.Groups["kind"].Value switch
        {
            "call" => Call(id),
            "result" => new FunctionResultContent(id, "done"),
            "cut" => new FunctionResultContent(id, CallRepair.OutcomeUnknown),
            "ask" => new ToolApprovalRequestContent($"ask-{id}", Call(id)),
            "yes" => new ToolApprovalResponseContent($"ask-{id}", true, Call(id)),
            "no" => new ToolApprovalResponseContent($"ask-{id}", false, Call(id)),
            "hosted" => new McpServerToolCallContent(id, "tool", "server"),
            "hostedask" => new ToolApprovalRequestContent($"ask-{id}", new McpServerToolCallContent(id, "tool", "server")),
            "hostedyes" => new ToolApprovalResponseContent($"ask-{id}", true, new McpServerToolCallContent(id, "tool", "server")),
            "input" => new Question(id),
            "reply" => new Reply(id),
            _ => new TextContent(text),
        };
    }

    private static string FormatMessage(ChatMessage message) =>
        $"{Roles.Single(role => role.Value == message.Role).Key} {string.Join(", ", message.Contents.Select(FormatContent))}";

    private static string FormatContent(AIContent content) => content switch
    {
        FunctionCallContent call => $"call{call.CallId}",
        FunctionResultContent { Result: CallRepair.OutcomeUnknown } result => $"cut{result.CallId}",
        FunctionResultContent result => $"result{result.CallId}",
        ToolApprovalRequestContent { ToolCall: FunctionCallContent call } => $"ask{call.CallId}",
        ToolApprovalResponseContent { ToolCall: FunctionCallContent call } response => $"{(response.Approved ? "yes" : "no")}{call.CallId}",
        McpServerToolCallContent call => $"hosted{call.CallId}",
        ToolApprovalRequestContent request => $"hostedask{request.ToolCall.CallId}",
        ToolApprovalResponseContent response => $"hostedyes{response.ToolCall.CallId}",
        Question question => $"input{question.RequestId}",
        Reply reply => $"reply{reply.RequestId}",
        TextContent text => text.Text,
        _ => throw new ArgumentException(content.GetType().Name, nameof(content)),
    };

    [GeneratedRegex("^(?<kind>[a-z]+)(?<id>\\d+)$")]
    private static partial Regex Content();

    private sealed class Question(string requestId) : InputRequestContent(requestId);

    private sealed class Reply(string requestId) : InputResponseContent(requestId);
}
