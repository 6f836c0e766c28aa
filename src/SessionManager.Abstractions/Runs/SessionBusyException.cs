using System.Globalization;

namespace SessionManager;

/// <summary>
/// Thrown when a request finds its agent in another run, and is not to wait any longer. Nothing was stored, and no model was called.
/// </summary>
public sealed class SessionBusyException : SessionException
{
    /// <summary>
    /// Initializes a new instance of the <see cref="SessionBusyException"/> class.
    /// </summary>
    /// <param name="sessionId">The id of the session, or the text of its <see cref="SessionKey"/> where it has an owner.</param>
    /// <param name="agentId">The id of the agent.</param>
    /// <param name="since">The time at which the other run began.</param>
    /// <param name="until">The time up to which the other run is alive for certain.</param>
    /// <exception cref="ArgumentNullException">An id is null.</exception>
    public SessionBusyException(string sessionId, string agentId, DateTimeOffset since, DateTimeOffset until)
        : base(
            $"Agent {agentId} has a run in session {GetId(sessionId)}, since {since.ToString("O", CultureInfo.InvariantCulture)}. "
            + "One at a time: ask again when it has ended, wait for longer, or take over.",
            sessionId)
    {
        ArgumentNullException.ThrowIfNull(agentId);
        AgentId = agentId;
        Since = since;
        Until = until;
    }

    /// <summary>
    /// Gets the id of the agent.
    /// </summary>
    public string AgentId { get; }

    /// <summary>
    /// Gets the time at which the other run began, by the server's clock.
    /// </summary>
    public DateTimeOffset Since { get; }

    /// <summary>
    /// Gets the time up to which the other run is alive for certain, by the server's clock. It moves on for as long as the run lasts.
    /// </summary>
    public DateTimeOffset Until { get; }
}
