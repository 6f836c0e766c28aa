namespace SessionManager;

/// <summary>
/// Thrown when a message is larger than the database can hold. Nothing was written.
/// </summary>
public sealed class MessageTooLargeException : SessionException
{
    /// <summary>
    /// Initializes a new instance of the <see cref="MessageTooLargeException"/> class.
    /// </summary>
    /// <param name="sessionId">The id of the session, or the text of its <see cref="SessionKey"/> where it has an owner.</param>
    /// <param name="agentId">The id of the agent.</param>
    /// <param name="size">The size that the stored message would have, in bytes.</param>
    /// <param name="limit">The largest size that can be stored, in bytes.</param>
    /// <exception cref="ArgumentNullException">An id is null.</exception>
    public MessageTooLargeException(string sessionId, string agentId, long size, long limit)
        : base($"A message of agent {agentId} in session {GetId(sessionId)} would take {size} bytes; the limit is {limit}.", sessionId)
    {
        ArgumentNullException.ThrowIfNull(agentId);
        AgentId = agentId;
        Size = size;
        Limit = limit;
    }

    /// <summary>
    /// Gets the id of the agent.
    /// </summary>
    public string AgentId { get; }

    /// <summary>
    /// Gets the size that the stored message would have, in bytes.
    /// </summary>
    public long Size { get; }

    /// <summary>
    /// Gets the largest size that can be stored, in bytes.
    /// </summary>
    public long Limit { get; }
}
