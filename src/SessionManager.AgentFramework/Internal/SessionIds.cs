using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Microsoft.Agents.AI;

namespace SessionManager.Internal;

/// <summary>
/// Keeps in agent sessions which session they continue, and whose it is.
/// </summary>
internal static class SessionIds
{
    /// <summary>
    /// The name of the id in a state bag, which is stored wherever applications store their agent sessions.
    /// </summary>
    public const string StateKey = "SessionManager.SessionId";

    private static readonly Lock CreationLock = new();

    // Not in the state bag: it may have been where somebody could change it.
    private static readonly ConditionalWeakTable<AgentSession, SessionOwner> Owners = [];

    public static string? Get(AgentSession agentSession) =>
        agentSession.StateBag.TryGetValue<string>(StateKey, out var sessionId) ? sessionId : null;

    public static void Set(AgentSession agentSession, string sessionId) => agentSession.StateBag.SetValue(StateKey, sessionId);

    public static SessionOwner? GetOwner(AgentSession agentSession) => Owners.TryGetValue(agentSession, out var owner) ? owner : null;

    public static void SetOwner(AgentSession agentSession, SessionOwner owner) => Owners.AddOrUpdate(agentSession, owner);

    /// <summary>
    /// Gets the factory for the session of a run: of the owner that the run names, else the one of its agent session, else the given one.
    /// </summary>
    public static ISessionManagerFactory For(this ISessionManagerFactory sessions, AgentSession? agentSession) =>
        (AgentRequest.Find()?.Owner ?? (agentSession is null ? null : GetOwner(agentSession))) is { } owner ? sessions.ForOwner(owner) : sessions;

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
