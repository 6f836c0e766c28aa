namespace SessionManager;

/// <summary>
/// Thrown when a stored message lacks what makes it one: its position, its agent, its role or its content is missing or of a wrong type.
/// </summary>
/// <remarks>
/// <para>
/// Something else than this library has written it, or changed it. <see cref="ISessionManager.TryReplaceDamagedMessageAsync"/> leads past
/// it. Whatever else is wrong with a message does not make it unreadable: the field is read as if it were missing, and that is logged.
/// </para>
/// <para>Neither this exception nor the inner one tells what is stored.</para>
/// </remarks>
public sealed class DamagedMessageException : SessionException
{
    /// <summary>
    /// Initializes a new instance of the <see cref="DamagedMessageException"/> class.
    /// </summary>
    /// <param name="sessionId">The id of the session, or the text of its <see cref="SessionKey"/> where it has an owner.</param>
    /// <param name="agentId">The id of the agent.</param>
    /// <param name="position">The position of the message, or null where not even that can be read.</param>
    /// <param name="field">The path of the damaged field in the stored message, such as <c>message.content.2</c>.</param>
    /// <param name="innerException">What is wrong with it, by names and types, or null.</param>
    /// <exception cref="ArgumentNullException">An argument but <paramref name="position"/> and the last one is null.</exception>
    public DamagedMessageException(string sessionId, string agentId, int? position, string field, Exception? innerException = null)
        : base(
            $"Message {position?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "without a position"} of agent {agentId} in session {GetId(sessionId)} cannot be read: its field '{field}' is damaged. "
            + $"{nameof(ISessionManager.TryReplaceDamagedMessageAsync)} leaves a placeholder in its place.",
            sessionId,
            innerException)
    {
        ArgumentNullException.ThrowIfNull(agentId);
        ArgumentNullException.ThrowIfNull(field);
        AgentId = agentId;
        Position = position;
        Field = field;
    }

    /// <summary>
    /// Gets the id of the agent.
    /// </summary>
    public string AgentId { get; }

    /// <summary>
    /// Gets the position of the message.
    /// </summary>
    /// <value>Null where the stored message has none, neither as a field nor in its key.</value>
    public int? Position { get; }

    /// <summary>
    /// Gets the path of the damaged field in the stored message.
    /// </summary>
    public string Field { get; }
}
