using Microsoft.Extensions.AI;

namespace SessionManager.Behavior.Model;

/// <summary>
/// Something that was said: a text, a call, or a result. Several lines can be one message, as one line can be told with another.
/// </summary>
internal sealed class Line(string text)
{
    /// <summary>
    /// What stands for the result of a call that has none.
    /// </summary>
    public const string Unknown = "not known";

    /// <summary>
    /// What stands for the result of a call that the user does not want.
    /// </summary>
    public const string Rejected = "rejected";

    public string Text { get; set; } = text;

    /// <summary>
    /// Gets the number of the message that the line is of.
    /// </summary>
    public int Message { get; init; }

    /// <summary>
    /// Gets the id of the call that the line is, or is the result of.
    /// </summary>
    public string? CallId { get; init; }

    /// <summary>
    /// Gets a value indicating whether the line is between the user and the application: no model is told.
    /// </summary>
    public bool IsOfApproval { get; init; }

    public bool IsUser => !IsOfApproval && Text.StartsWith("user: ", StringComparison.Ordinal);

    public bool IsCall => Text.StartsWith("assistant: call ", StringComparison.Ordinal);

    public bool IsResult => Text.StartsWith("tool: ", StringComparison.Ordinal);

    /// <summary>
    /// Gets a value indicating whether the line is a result of the client's.
    /// </summary>
    public bool IsOfClient { get; init; }

    /// <summary>
    /// Gets a value indicating whether the line is of an answer without calls.
    /// </summary>
    public bool IsAnswer { get; init; }

    /// <summary>
    /// Gets or sets a value indicating whether another answer was given in its place.
    /// </summary>
    public bool IsSuperseded { get; set; }

    /// <summary>
    /// Tells what messages say, with the id of the message of each line.
    /// </summary>
    public static IEnumerable<(string Text, string? Id)> Read(IEnumerable<ChatMessage> messages)
    {
        foreach (var message in messages)
        {
            var text = string.Concat(message.Contents.OfType<TextContent>().Select(static content => content.Text));
            if (text.Length > 0)
            {
                yield return ($"{message.Role}: {text}", message.MessageId);
            }

            foreach (var content in message.Contents.Where(static content => content is not (TextContent or UsageContent)))
            {
                yield return ($"{message.Role}: {Show(content)}", message.MessageId);
            }
        }
    }

    public override string ToString() => Text;

    private static string Show(AIContent content) => content switch
    {
        FunctionCallContent call => $"call {call.Name} {call.CallId}",
        FunctionResultContent result => $"{result.CallId} = {ShowResult(result)}",
        ToolApprovalRequestContent { ToolCall: FunctionCallContent call } => Show(call),
        ToolApprovalResponseContent response => $"{(response.Approved ? "yes" : "no")} {response.ToolCall.CallId}",
        _ => content.GetType().Name,
    };

    // Whatever the library says of a call whose result is not there.
    private static string ShowResult(FunctionResultContent result) =>
        $"{result.Result}" is var text && text.Contains("not known", StringComparison.Ordinal) ? Unknown
        : text.Contains("rejected", StringComparison.Ordinal) ? Rejected
        : text;
}
