using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;

namespace SessionManager.AgentFramework.Tests;

/// <summary>
/// Runs an agent in both ways, which must come to the same.
/// </summary>
internal static class AgentCalls
{
    public static async Task<AgentResponse> AskAsync(this AIAgent agent, bool isStreaming, AgentSession session, params ChatMessage[] messages)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        return isStreaming
            ? await agent.RunStreamingAsync(messages, session, cancellationToken: cancellationToken).ToAgentResponseAsync(cancellationToken)
            : await agent.RunAsync(messages, session, cancellationToken: cancellationToken);
    }

    public static Task<AgentResponse> AskAsync(this AIAgent agent, bool isStreaming, AgentSession session, string text) =>
        agent.AskAsync(isStreaming, session, new ChatMessage(ChatRole.User, text));

    public static async Task<AgentResponse> AskAsync(this AIAgent agent, bool isStreaming, string sessionId, string text) =>
        await agent.AskAsync(isStreaming, await agent.OpenSessionAsync(sessionId, TestContext.Current.CancellationToken), text);
}
