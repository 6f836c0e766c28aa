using Microsoft.Extensions.AI;

namespace SessionManager.Internal.History;

/// <summary>
/// A request for approval or input in a history, and what became of it.
/// </summary>
/// <param name="message">The index of its message.</param>
/// <param name="content">The index in the contents of the message.</param>
/// <param name="request">The request.</param>
internal sealed class ApprovalRequest(int message, int content, InputRequestContent request)
{
    public int Message => message;

    public int Content => content;

    public string RequestId => request.RequestId;

    /// <summary>
    /// Gets the call that is to be approved, where it is one that <c>FunctionInvokingChatClient</c> carries out.
    /// </summary>
    public FunctionCallContent? Call => (request as ToolApprovalRequestContent)?.ToolCall as FunctionCallContent;

    /// <summary>
    /// Gets or sets the place of its answer in the history.
    /// </summary>
    public (int Message, int Content)? Response { get; set; }

    /// <summary>
    /// Gets or sets a value indicating whether the messages that follow the history answer it.
    /// </summary>
    public bool IsAnsweredLater { get; set; }

    /// <summary>
    /// Gets or sets a value indicating whether the call itself stands behind the request, as it does once it was approved.
    /// </summary>
    public bool HasCall { get; set; }

    public bool HasResult { get; set; }
}
