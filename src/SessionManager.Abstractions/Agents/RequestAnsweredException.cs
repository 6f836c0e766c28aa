namespace SessionManager;

/// <summary>
/// Thrown when a request for approval is answered that was answered before, for example by a second click. Nothing was stored,
/// and no tool was called.
/// </summary>
public sealed class RequestAnsweredException : SessionException
{
    /// <summary>
    /// Initializes a new instance of the <see cref="RequestAnsweredException"/> class.
    /// </summary>
    /// <param name="sessionId">The id of the session, or the text of its <see cref="SessionKey"/> where it has an owner.</param>
    /// <param name="agentId">The id of the agent.</param>
    /// <param name="requestId">The id of the request for approval.</param>
    /// <exception cref="ArgumentNullException">An id is null.</exception>
    public RequestAnsweredException(string sessionId, string agentId, string requestId)
        : base($"Request '{requestId}' of agent {agentId} was answered before in session {GetId(sessionId)}. The first answer counts.", sessionId)
    {
        ArgumentNullException.ThrowIfNull(agentId);
        ArgumentNullException.ThrowIfNull(requestId);
        AgentId = agentId;
        RequestId = requestId;
    }

    /// <summary>
    /// Gets the id of the agent.
    /// </summary>
    public string AgentId { get; }

    /// <summary>
    /// Gets the id of the request for approval.
    /// </summary>
    public string RequestId { get; }
}
