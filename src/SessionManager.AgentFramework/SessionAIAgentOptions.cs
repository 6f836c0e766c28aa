namespace SessionManager;

/// <summary>
/// Configures how an agent of Agent Framework keeps its sessions.
/// </summary>
/// <remarks>Read once, by the constructor that it is given to. Changes made later have no effect.</remarks>
public sealed class SessionAIAgentOptions
{
    /// <summary>
    /// Gets or sets the id of the agent in its sessions, the same at every start of the application.
    /// </summary>
    /// <value>
    /// Null, the default, for the name that the agent was registered with, else the agent's own name. It is never the
    /// agent's id, which Agent Framework makes anew at every start. An agent with none of them throws
    /// <see cref="InvalidOperationException"/> when it is run.
    /// </value>
    public string? AgentId { get; set; }

    /// <summary>
    /// Gets or sets how much of the stored history the model gets to see.
    /// </summary>
    /// <value>Null, the default, for all of it.</value>
    public HistoryWindow? Window { get; set; }

    /// <summary>
    /// Gets or sets what happens to a run whose session has another one going on with the same agent.
    /// </summary>
    /// <value>
    /// Never null. The default is <see cref="WhenBusy.Default"/>: it waits for up to 45 seconds, so that each answer knows what was said before.
    /// </value>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public WhenBusy WhenBusy
    {
        get;
        set => field = value ?? throw new ArgumentNullException(nameof(value));
    } = WhenBusy.Default;

    /// <summary>
    /// Gets or sets a value indicating whether requests hold what somebody has sent who is not trusted, such as a browser.
    /// </summary>
    /// <value>
    /// The default is false: the messages are the application's own. True takes nothing from requests but messages of the user,
    /// results of stored calls and answers to stored requests. What else they hold is left out: see
    /// <see cref="AgentInitializationOptions.UserMessagesOnly"/>.
    /// </value>
    public bool UserMessagesOnly { get; set; }

    /// <summary>
    /// Gets or sets a value indicating whether requests must name sessions that exist.
    /// </summary>
    /// <value>
    /// The default is false: a request for a session that does not exist for its owner begins it. True throws
    /// <see cref="SessionNotFoundException"/> before the model is called; sessions are begun by <see cref="ISessionManager.CreateSessionAsync(CancellationToken)"/>,
    /// or by a request with <see cref="SessionRequest.RequireExisting"/> set to false.
    /// </value>
    public bool RequireExisting { get; set; }

    /// <summary>
    /// Gets or sets what the metadata tool may do.
    /// </summary>
    /// <value>Null, the default, for anything.</value>
    public MetadataToolOptions? MetadataTool { get; set; }

    /// <summary>
    /// Gets or sets the options of the sessions that differ from the registration's.
    /// </summary>
    /// <value>Null, the default, for none.</value>
    public SessionManagerOptions? ManagerOptions { get; set; }

    /// <summary>
    /// Gets or sets the clock that model calls are timed with.
    /// </summary>
    /// <value>Null, the default, for the registered one, else the system's.</value>
    public TimeProvider? TimeProvider { get; set; }

    internal SessionAIAgentOptions Clone() => (SessionAIAgentOptions)MemberwiseClone();
}
