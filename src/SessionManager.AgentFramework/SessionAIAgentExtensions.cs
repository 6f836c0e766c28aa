using Microsoft.Agents.AI;

namespace SessionManager;

/// <summary>
/// Runs agents of Agent Framework in sessions.
/// </summary>
public static class SessionAIAgentExtensions
{
    /// <summary>
    /// Wraps an agent that has a <see cref="SessionChatHistoryProvider"/>, so that what its runs cost is stored too, and what
    /// has arrived of a streamed response that is interrupted.
    /// </summary>
    /// <param name="agent">The agent.</param>
    /// <returns>A <see cref="SessionAIAgent"/> around the agent, or the agent itself where it is wrapped already.</returns>
    /// <exception cref="ArgumentException"><paramref name="agent"/> is null or has no such history provider.</exception>
    public static AIAgent WithSessionManager(this AIAgent agent)
    {
        ArgumentNullException.ThrowIfNull(agent);
        return agent.GetService<SessionAIAgent>() is null ? new SessionAIAgent(agent) : agent;
    }

    /// <summary>
    /// Creates an agent session that continues a session, or begins it where it does not exist. Sends nothing.
    /// </summary>
    /// <param name="agent">The agent.</param>
    /// <param name="sessionId">
    /// The id of the session, chosen by the application: not blank, at most 255 bytes in UTF-8, without NUL.
    /// </param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>A new agent session.</returns>
    /// <remarks>
    /// The same as <see cref="AIAgent.CreateSessionAsync(CancellationToken)"/> and
    /// <see cref="AgentSessionIdExtensions.SetSessionId"/>.
    /// </remarks>
    /// <exception cref="ArgumentException"><paramref name="agent"/> is null, or <paramref name="sessionId"/> is null, empty or blank.</exception>
    public static async ValueTask<AgentSession> OpenSessionAsync(this AIAgent agent, string sessionId, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(agent);
        ArgumentException.ThrowIfNullOrWhiteSpace(sessionId);

        var agentSession = await agent.CreateSessionAsync(cancellationToken).ConfigureAwait(false);
        agentSession.SetSessionId(sessionId);
        return agentSession;
    }
}
