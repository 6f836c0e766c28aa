using System.Diagnostics.CodeAnalysis;
using Microsoft.Agents.AI;

namespace SessionManager.Internal;

/// <summary>
/// Keeps session ids in agent sessions.
/// </summary>
internal static class SessionIds
{
    /// <summary>
    /// The name of the id in a state bag, which is stored wherever applications store their agent sessions.
    /// </summary>
    public const string StateKey = "SessionManager.SessionId";

    private static readonly Lock CreationLock = new();

    public static string? Get(AgentSession agentSession) =>
        agentSession.StateBag.TryGetValue<string>(StateKey, out var sessionId) ? sessionId : null;

    public static void Set(AgentSession agentSession, string sessionId) => agentSession.StateBag.SetValue(StateKey, sessionId);

    /// <summary>
    /// Gets the id of an agent session, which gets a random one where it has none.
    /// </summary>
    /// <exception cref="InvalidOperationException">There is no agent session.</exception>
    public static string GetOrCreate([NotNull] AgentSession? agentSession)
    {
        if (agentSession is null)
        {
            throw new InvalidOperationException("A session can only be kept for an agent that is run with an AgentSession.");
        }

        // Two first runs at once must not end up in two sessions.
        lock (CreationLock)
        {
            var sessionId = Get(agentSession);
            if (string.IsNullOrWhiteSpace(sessionId))
            {
                sessionId = Guid.NewGuid().ToString("N");
                Set(agentSession, sessionId);
            }

            return sessionId;
        }
    }
}
