using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.AI;

namespace SessionManager.Internal.Shared;

/// <summary>
/// What tells a message that has no id from others: who says it, and what. Of an assistant message its calls and its text count:
/// a client that keeps a transcript need not keep thoughts.
/// </summary>
internal static class MessageKey
{
    /// <summary>
    /// Tells whether a message of the user begins a turn, rather than answering a call or a request of the one before.
    /// </summary>
    public static bool BeginsTurn(ChatMessage message) => message.Role == ChatRole.User && !Answers(message);

    /// <summary>
    /// Tells whether a message holds results of calls, or answers to requests.
    /// </summary>
    public static bool Answers(ChatMessage message) =>
        message.Contents.Any(static content => content is FunctionResultContent or InputResponseContent);

    /// <summary>
    /// Tells whether a message holds calls, or requests for approval or input.
    /// </summary>
    public static bool Asks(ChatMessage message) =>
        message.Contents.Any(static content => content is FunctionCallContent or InputRequestContent);

    /// <summary>
    /// Tells whether a content is of a kind that a user may say.
    /// </summary>
    public static bool IsOfUser(AIContent content) => content is TextContent or DataContent or UriContent or HostedFileContent;

    public static string Of(ChatMessage message)
    {
        var key = new StringBuilder(message.Role.Value).Append('\n');
        var textStart = key.Length;
        foreach (var content in message.Contents)
        {
            if (content is TextContent { Text: var text })
            {
                key.Append(text);
            }
        }

        Trim(key, textStart);
        foreach (var content in message.Contents)
        {
            AppendNamed(key, content);
        }

        // Where the model has said something, or called something, nothing else counts.
        if (message.Role != ChatRole.Assistant || key.Length == textStart)
        {
            foreach (var content in message.Contents)
            {
                AppendOther(key, content);
            }
        }

        return key.ToString();
    }

    private static void AppendNamed(StringBuilder key, AIContent content) => _ = content switch
    {
        FunctionCallContent call => key.Append("\0call ").Append(call.CallId),
        FunctionResultContent result => key.Append("\0result ").Append(result.CallId),
        // Inside of function invocation the call itself is stored, and outside of it the request to approve it.
        ToolApprovalRequestContent { ToolCall: FunctionCallContent call } => key.Append("\0call ").Append(call.CallId),
        InputRequestContent request => key.Append("\0request ").Append(request.RequestId),
        ToolApprovalResponseContent response => key.Append("\0response ").Append(response.RequestId).Append(' ').Append(response.Approved),
        InputResponseContent response => key.Append("\0response ").Append(response.RequestId),
        _ => key,
    };

    private static void AppendOther(StringBuilder key, AIContent content) => _ = content switch
    {
        TextContent or FunctionCallContent or FunctionResultContent or InputRequestContent or InputResponseContent or UsageContent => key,
        TextReasoningContent thought => key.Append("\0thought ").Append(thought.Text),
        DataContent data => key.Append("\0data ").Append(data.MediaType).Append(' ').Append(Convert.ToHexString(SHA256.HashData(data.Data.Span))),
        UriContent uri => key.Append("\0uri ").Append(uri.Uri),
        HostedFileContent file => key.Append("\0file ").Append(file.FileId),
        _ => key.Append('\0').Append(content.GetType().Name),
    };

    // Clients do, and a message is not another one for it.
    private static void Trim(StringBuilder key, int start)
    {
        while (key.Length > start && char.IsWhiteSpace(key[^1]))
        {
            key.Length--;
        }

        var count = 0;
        while (start + count < key.Length && char.IsWhiteSpace(key[start + count]))
        {
            count++;
        }

        key.Remove(start, count);
    }
}
