namespace SessionManager;

/// <summary>
/// Thrown when a write names a message that the agent does not have. Nothing was written.
/// </summary>
public sealed class MessageNotFoundException : SessionException
{
    /// <summary>
    /// Initializes a new instance of the <see cref="MessageNotFoundException"/> class.
    /// </summary>
    /// <param name="sessionId">The id of the session, or the text of its <see cref="SessionKey"/> where it has an owner.</param>
    /// <param name="agentId">The id of the agent.</param>
    /// <param name="position">The position of the message.</param>
    /// <exception cref="ArgumentNullException">An id is null.</exception>
    public MessageNotFoundException(string sessionId, string agentId, int position)
        : base($"Message {position} of agent {agentId} not found in session {GetId(sessionId)}.", sessionId)
    {
        ArgumentNullException.ThrowIfNull(agentId);
        AgentId = agentId;
        Position = position;
    }

    /// <summary>
    /// Initializes a new instance of the <see cref="MessageNotFoundException"/> class.
    /// </summary>
    /// <param name="sessionId">The id of the session, or the text of its <see cref="SessionKey"/> where it has an owner.</param>
    /// <param name="agentId">The id of the agent.</param>
    /// <param name="messageId">The <see cref="Microsoft.Extensions.AI.ChatMessage.MessageId"/> of the message.</param>
    /// <exception cref="ArgumentNullException">An id is null.</exception>
    public MessageNotFoundException(string sessionId, string agentId, string messageId)
        : base($"Message '{messageId}' of agent {agentId} not found in session {GetId(sessionId)}.", sessionId)
    {
        ArgumentNullException.ThrowIfNull(agentId);
        ArgumentNullException.ThrowIfNull(messageId);
        AgentId = agentId;
        MessageId = messageId;
    }

    /// <summary>
    /// Gets the id of the agent.
    /// </summary>
    public string AgentId { get; }

    /// <summary>
    /// Gets the position that was asked for.
    /// </summary>
    /// <value>Null when the message was named by its id.</value>
    public int? Position { get; }

    /// <summary>
    /// Gets the message id that was asked for.
    /// </summary>
    /// <value>Null when the message was named by its position.</value>
    public string? MessageId { get; }
}
