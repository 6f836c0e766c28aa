namespace SessionManager;

/// <summary>
/// Thrown when a write names a message that the agent does not have. Nothing was written.
/// </summary>
public sealed class MessageNotFoundException : SessionException
{
    /// <summary>
    /// Initializes a new instance of the <see cref="MessageNotFoundException"/> class.
    /// </summary>
    /// <param name="sessionId">The id of the session.</param>
    /// <param name="agentId">The id of the agent.</param>
    /// <param name="messageId">The id of the message.</param>
    /// <exception cref="ArgumentNullException">An id is null.</exception>
    public MessageNotFoundException(string sessionId, string agentId, int messageId)
        : base($"Message {messageId} of agent {agentId} not found in session {sessionId}.", sessionId)
    {
        ArgumentNullException.ThrowIfNull(agentId);
        AgentId = agentId;
        MessageId = messageId;
    }

    /// <summary>
    /// Gets the id of the agent.
    /// </summary>
    public string AgentId { get; }

    /// <summary>
    /// Gets the id of the message.
    /// </summary>
    public int MessageId { get; }
}
