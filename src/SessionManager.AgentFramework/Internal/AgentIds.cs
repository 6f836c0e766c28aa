using Microsoft.Agents.AI;

namespace SessionManager.Internal;

/// <summary>
/// Finds the ids that agents have in their sessions.
/// </summary>
internal static class AgentIds
{
    /// <summary>
    /// Gets the id of an agent: the one in the options, else its name. Its own id is another one at every start.
    /// </summary>
    /// <exception cref="InvalidOperationException">It has none.</exception>
    public static string Get(AIAgent agent, SessionAIAgentOptions options)
    {
        var agentId = options.AgentId ?? agent.Name;
        return !string.IsNullOrWhiteSpace(agentId)
            ? agentId
            : throw new InvalidOperationException(
                "The agent has no name by which its history could be found again. Give it one, such as "
                + "new ChatClientAgentOptions { Name = \"support\" }, or set SessionAIAgentOptions.AgentId.");
    }
}
