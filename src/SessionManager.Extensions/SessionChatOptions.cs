using Microsoft.Extensions.AI;

namespace SessionManager;

/// <summary>
/// Configures what <see cref="SessionManagerChatClientBuilderExtensions.UseSessionManager(ChatClientBuilder, string, Action{SessionChatOptions})"/>
/// adds to a pipeline.
/// </summary>
/// <remarks>Read when the pipeline is built. Changes made later have no effect.</remarks>
public sealed class SessionChatOptions
{
    /// <summary>
    /// Gets or sets how much of the stored history the model gets to see.
    /// </summary>
    /// <value>Null, the default, for all of it.</value>
    public HistoryWindow? Window { get; set; }

    /// <summary>
    /// Gets or sets what happens to a request whose session has another one going on with the same agent.
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
    /// Gets or sets a value indicating whether tools that need approval may be used where function invocation stands outside of
    /// sessions.
    /// </summary>
    /// <value>
    /// The default is false: such a request throws <see cref="InvalidOperationException"/> before the model is called. Function invocation
    /// acts there on what the caller sends before sessions see it, so that an approval that is given twice runs its tool twice, and one
    /// that was changed on its way runs it with the changed arguments. True leaves that to the application. Without effect where
    /// <c>UseSessionManager</c> stands before <c>UseFunctionInvocation</c>: approvals are guarded there.
    /// </value>
    public bool AllowUnguardedApprovals { get; set; }

    /// <summary>
    /// Gets or sets the options of the sessions that differ from the registration's.
    /// </summary>
    /// <value>Null, the default, for none.</value>
    public SessionManagerOptions? ManagerOptions { get; set; }

    /// <summary>
    /// Gets or sets the service key of the registration, such as one given to <c>AddKeyedMongoSessionManager</c>.
    /// </summary>
    /// <value>
    /// Null, the default, for the registration without a key. Without effect where the pipeline is given its
    /// <see cref="ISessionManagerFactory"/>.
    /// </value>
    public string? ServiceKey { get; set; }
}
