using Microsoft.Extensions.AI;

namespace SessionManager.Behavior.Model;

/// <summary>
/// A message in the transcript of a client.
/// </summary>
internal sealed class Said(ChatRole role, IEnumerable<AIContent> contents, string? id)
{
    private readonly AIContent[] _contents = [.. contents];

    public ChatRole Role => role;

    public string? Id => id;

    /// <summary>
    /// Gets or sets what is stored of a message of the client's own; null before it was sent.
    /// </summary>
    public Line? StoryLine { get; set; }

    /// <summary>
    /// Gets a value indicating whether the client has made the message, and it is no part of an answer.
    /// </summary>
    public bool IsOfClient { get; init; }

    /// <summary>
    /// Gets the message as the story has it.
    /// </summary>
    public string StoryText => Line.Read([ToMessage(hasId: false)]).First().Text;

    public string Text => string.Concat(_contents.OfType<TextContent>().Select(static content => content.Text));

    public ToolApprovalResponseContent? Approval => _contents.OfType<ToolApprovalResponseContent>().FirstOrDefault();

    public string? AnsweredCall => _contents.OfType<FunctionResultContent>().FirstOrDefault()?.CallId;

    /// <summary>
    /// Makes a message as it comes out of a request: nothing in it is an object that was there before.
    /// </summary>
    public ChatMessage ToMessage(bool hasId) => new(role, [.. _contents.Select(Copy)]) { MessageId = hasId ? id : null };

    private static AIContent Copy(AIContent content) => content switch
    {
        TextContent text => new TextContent(text.Text),
        FunctionCallContent call => Copy(call),
        ToolApprovalRequestContent request => new ToolApprovalRequestContent(request.RequestId, Copy((FunctionCallContent)request.ToolCall)),
        ToolApprovalResponseContent response => new ToolApprovalResponseContent(response.RequestId, response.Approved, Copy((FunctionCallContent)response.ToolCall)),
        FunctionResultContent result => new FunctionResultContent(new string(result.CallId.AsSpan()), result.Result),
        _ => content,
    };

    private static FunctionCallContent Copy(FunctionCallContent call) => new(new string(call.CallId.AsSpan()), call.Name, call.Arguments);
}
