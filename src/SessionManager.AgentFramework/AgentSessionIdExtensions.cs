using Microsoft.Agents.AI;
using SessionManager.Internal;

namespace SessionManager;

/// <summary>
/// Says which session an <see cref="AgentSession"/> continues, and whose it is.
/// </summary>
/// <remarks>
/// <para>
/// The id is kept in <see cref="AgentSession.StateBag"/>, so that it is still there when the agent session is serialised
/// and restored, in this process or in another one. An agent session that was given none gets a random one at its first
/// run and keeps it: serialised and restored, it continues.
/// </para>
/// <para>
/// It is not the conversation id that <c>ChatClientAgent.CreateSessionAsync("id")</c> takes. By that one, Agent Framework
/// leaves the history to the service behind the agent.
/// </para>
/// </remarks>
public static class AgentSessionIdExtensions
{
    /// <summary>
    /// Gets the id of the session that an agent session continues.
    /// </summary>
    /// <param name="agentSession">The agent session.</param>
    /// <returns>The id, or null when it was given none and has not been run yet.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="agentSession"/> is null.</exception>
    public static string? GetSessionId(this AgentSession agentSession)
    {
        ArgumentNullException.ThrowIfNull(agentSession);
        return SessionIds.Get(agentSession);
    }

    /// <summary>
    /// Sets the id of the session that an agent session continues, from its next run on.
    /// </summary>
    /// <param name="agentSession">The agent session.</param>
    /// <param name="sessionId">
    /// The id of the session, chosen by the application: not blank, at most 255 bytes in UTF-8, without NUL. The session
    /// comes into being with its first run.
    /// </param>
    /// <exception cref="ArgumentException"><paramref name="agentSession"/> is null, or <paramref name="sessionId"/> is null, empty or blank.</exception>
    public static void SetSessionId(this AgentSession agentSession, string sessionId)
    {
        ArgumentNullException.ThrowIfNull(agentSession);
        ArgumentException.ThrowIfNullOrWhiteSpace(sessionId);
        SessionIds.Set(agentSession, sessionId);
    }

    /// <summary>
    /// Sets the owner of the session that an agent session continues, from its next run on.
    /// </summary>
    /// <param name="agentSession">The agent session.</param>
    /// <param name="owner">The owner, or <see cref="SessionOwner.None"/> for a session that nobody owns.</param>
    /// <remarks>
    /// It goes past the <see cref="ISessionOwnerProvider"/>, where one is registered, and a <see cref="SessionRequest.Owner"/> goes past it. It is not
    /// serialised with the agent session: who restores one says again whose it is.
    /// </remarks>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static void SetSessionOwner(this AgentSession agentSession, SessionOwner owner)
    {
        ArgumentNullException.ThrowIfNull(agentSession);
        ArgumentNullException.ThrowIfNull(owner);
        SessionIds.SetOwner(agentSession, owner);
    }
}
