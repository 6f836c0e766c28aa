using Microsoft.Agents.AI;

namespace SessionManager;

/// <summary>
/// Holds what an agent is given so that it keeps its sessions.
/// </summary>
public sealed class SessionAIAgentContext
{
    internal SessionAIAgentContext(string name, ChatHistoryProvider chatHistoryProvider, AIContextProvider metadataProvider)
    {
        Name = name;
        ChatHistoryProvider = chatHistoryProvider;
        MetadataProvider = metadataProvider;
    }

    /// <summary>
    /// Gets the name that the agent was registered with.
    /// </summary>
    public string Name { get; }

    /// <summary>
    /// Gets the provider that keeps the agent's history. The agent must use it.
    /// </summary>
    public ChatHistoryProvider ChatHistoryProvider { get; }

    /// <summary>
    /// Gets the provider of the metadata tool, for agents that may use it, within
    /// <see cref="SessionAIAgentOptions.MetadataTool"/>.
    /// </summary>
    public AIContextProvider MetadataProvider { get; }
}
