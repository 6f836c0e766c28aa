using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;

namespace SessionManager.Internal;

/// <summary>
/// Tells Agent Framework which requests for approval an agent session waits for. It drops the answers to others, and knows those
/// only that went out through the very agent session; the stored history knows all.
/// </summary>
internal static class PendingApprovals
{
    // Of ApprovalResponseBindingChatClient, which keeps them under it.
    private const string StateKey = "_pendingApprovalRequests";

    /// <summary>
    /// Adds what was asked for the approvals among some messages, which come from the stored history.
    /// </summary>
    public static void Restore(AgentSession? session, IReadOnlyList<ChatMessage> messages)
    {
        ToolApprovalRequestContent[] asked =
        [
            .. messages.SelectMany(static message => message.Contents).OfType<ToolApprovalResponseContent>()
                .Select(static response => new ToolApprovalRequestContent(response.RequestId, response.ToolCall)),
        ];
        if (session is null || asked.Length == 0)
        {
            return;
        }

        var pending = session.StateBag.TryGetValue<List<ToolApprovalRequestContent>>(StateKey, out var known, AgentAbstractionsJsonUtilities.DefaultOptions) && known is not null
            ? known
            : [];
        session.StateBag.SetValue(
            StateKey,
            pending.Where(request => asked.All(other => other.RequestId != request.RequestId)).Concat(asked).ToList(),
            AgentAbstractionsJsonUtilities.DefaultOptions);
    }
}
