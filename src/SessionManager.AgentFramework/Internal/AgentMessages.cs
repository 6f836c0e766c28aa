using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;

namespace SessionManager.Internal;

/// <summary>
/// Tells apart the messages of Agent Framework.
/// </summary>
internal static class AgentMessages
{
    /// <summary>
    /// Tells whether a message is the caller's or the model's, and not one of the history or of a context provider.
    /// </summary>
    public static bool IsOfCaller(ChatMessage message) =>
        message.GetAgentRequestMessageSourceType() == AgentRequestMessageSourceType.External;

    /// <summary>
    /// Tells whether a message asks for a tool to be called.
    /// </summary>
    public static bool HasToolCall(ChatMessage message) =>
        message.Contents.Any(static content => content is FunctionCallContent { InformationalOnly: false });

    /// <summary>
    /// Gets the messages of a response that have contents other than some.
    /// </summary>
    public static IReadOnlyList<ChatMessage> GetWithout(AgentResponse response, HashSet<AIContent> excluded)
    {
        foreach (var message in response.Messages)
        {
            message.Contents = [.. message.Contents.Where(content => !excluded.Contains(content))];
        }

        return [.. response.Messages.Where(static message => message.Contents.Count > 0)];
    }
}
