using Microsoft.Agents.AI;

namespace SessionManager.Internal;

/// <summary>
/// Tells whether something else keeps the history of a run.
/// </summary>
internal static class HistoryConflict
{
    /// <summary>
    /// What ChatClientAgent puts in place of an id where it has its providers store the history of every model call.
    /// </summary>
    public const string LocalHistoryId = "_agent_local_chat_history";

    /// <summary>
    /// Gets the message for a run of which nothing was kept, because the history provider was not asked.
    /// </summary>
    public const string NotAsked =
        "Agent Framework did not ask the agent's SessionChatHistoryProvider for the history, so that nothing of this run was kept. "
        + "It does so for runs with a conversation id, whose history it leaves to the service behind the agent. "
        + "Run the agent without one, and say the id of the session with SetSessionId or OpenSessionAsync.";

    private const string BothPersist =
        "UseSessionManager in the agent's chat pipeline and SessionChatHistoryProvider exclude each other: both would keep this run. "
        + "Remove one of them, or run the agent without a conversation id, and say the id of the session with SetSessionId or OpenSessionAsync.";

    private const string KeptByService =
        "The AgentSession has a conversation id, by which Agent Framework leaves the history to the service behind the agent and does not "
        + "ask SessionChatHistoryProvider. Create it without one, and say the id of the session with SetSessionId or OpenSessionAsync.";

    /// <summary>
    /// Refuses a run whose history is going to be kept elsewhere.
    /// </summary>
    /// <exception cref="InvalidOperationException">The agent session has a conversation id.</exception>
    public static void ThrowIfKeptElsewhere(AIAgent agent, AgentSession agentSession)
    {
        if (HasConversationId(agentSession))
        {
            throw new InvalidOperationException(HasPipelineSessions(agent) ? BothPersist : KeptByService);
        }
    }

    /// <summary>
    /// Refuses a run that the chat pipeline keeps as well.
    /// </summary>
    /// <exception cref="InvalidOperationException">The pipeline has sessions, and the agent session has a conversation id.</exception>
    public static void ThrowIfKeptByPipeline(AIAgent agent, AgentSession? agentSession)
    {
        if (agentSession is not null && HasConversationId(agentSession) && HasPipelineSessions(agent))
        {
            throw new InvalidOperationException(BothPersist);
        }
    }

    private static bool HasPipelineSessions(AIAgent agent) => agent.GetService<ISessionManagerFactory>() is not null;

    private static bool HasConversationId(AgentSession agentSession) =>
        agentSession is ChatClientAgentSession { ConversationId: { } id } && !string.IsNullOrWhiteSpace(id) && id != LocalHistoryId;
}
