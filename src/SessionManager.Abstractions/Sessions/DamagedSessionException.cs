namespace SessionManager;

/// <summary>
/// Thrown when a stored session has a field of a wrong type that it cannot do without, so that its agents cannot be told.
/// </summary>
/// <remarks>
/// Something else than this library has written it, or changed it. Whatever else is wrong with a session is read as if it were missing,
/// and logged where an agent is concerned. The exception does not tell what is stored.
/// </remarks>
public sealed class DamagedSessionException : SessionException
{
    /// <summary>
    /// Initializes a new instance of the <see cref="DamagedSessionException"/> class.
    /// </summary>
    /// <param name="sessionId">The id of the session, or the text of its <see cref="SessionKey"/> where it has an owner.</param>
    /// <param name="agentId">The id of the agent that was asked for, or null where all were.</param>
    /// <param name="field">The path of the damaged field in the stored session.</param>
    /// <exception cref="ArgumentNullException"><paramref name="sessionId"/> or <paramref name="field"/> is null.</exception>
    public DamagedSessionException(string sessionId, string? agentId, string field)
        : base($"Session {GetId(sessionId)} cannot be read{(agentId is null ? "" : $" for agent {agentId}")}: its field '{field}' is damaged.", sessionId)
    {
        ArgumentNullException.ThrowIfNull(field);
        AgentId = agentId;
        Field = field;
    }

    /// <summary>
    /// Gets the id of the agent that was asked for.
    /// </summary>
    /// <value>Null where all agents of the session were.</value>
    public string? AgentId { get; }

    /// <summary>
    /// Gets the path of the damaged field in the stored session.
    /// </summary>
    public string Field { get; }
}
