namespace SessionManager;

/// <summary>
/// One run of an agent in its session: no other one that asks for a run has the agent until this one has ended.
/// </summary>
/// <remarks>
/// <para>
/// While it lasts, <see cref="ISessionManager.AppendMessageAsync"/> and <see cref="ISessionManager.SyncAgentAsync"/> of the session manager
/// that began it belong to it. It lives on by itself for as long as its process does, an hour at most. Dispose it: what else ends it is its process's
/// end, half a minute later.
/// </para>
/// <para>
/// <see cref="Lost"/> can be used from any thread; the rest belongs to one flow of control.
/// </para>
/// </remarks>
public interface ISessionRun : IAsyncDisposable
{
    /// <summary>
    /// Gets the id of the session.
    /// </summary>
    string SessionId { get; }

    /// <summary>
    /// Gets the id of the agent.
    /// </summary>
    string AgentId { get; }

    /// <summary>
    /// Gets the branch that the run appends to.
    /// </summary>
    AgentBranch Branch { get; }

    /// <summary>
    /// Gets what was found when the agent was loaded.
    /// </summary>
    AgentInitialization Initialization { get; }

    /// <summary>
    /// Gets a token that is cancelled when another one has taken the agent over, or asks this run to stop.
    /// </summary>
    /// <value>Within ten seconds. What is appended after a takeover is stored on a branch that nobody goes on from.</value>
    CancellationToken Lost { get; }

    /// <summary>
    /// Gets a value indicating whether somebody has asked this run to stop. What it appends counts all the same.
    /// </summary>
    bool IsStopRequested { get; }

    /// <summary>
    /// Marks what follows in this flow of control as a part of the run, until the result is disposed: what asks for another run of the same
    /// agent there does not wait, as it would for ever, but gets <see cref="SessionBusyException"/> at once.
    /// </summary>
    /// <returns>What ends it.</returns>
    /// <remarks>
    /// The flow that has called <see cref="ISessionManager.StartRunAsync"/> is marked already. Pipelines and agents mark what their tools do.
    /// </remarks>
    IDisposable Enter();

    /// <summary>
    /// Lets the run wait for something that may never come, such as results of tools: half a second without anything that
    /// <see cref="Enter"/> marks, and without an append by its session manager, ends it in order.
    /// </summary>
    void Suspend();

    /// <summary>
    /// Gets a value indicating whether the run has ended, in whatever way.
    /// </summary>
    bool IsEnded { get; }

    /// <summary>
    /// Stores what has changed in the agent, as <see cref="ISessionManager.SyncAgentAsync"/> does, and ends the run, in one update.
    /// </summary>
    /// <param name="cancellationToken">Cancels the call. Whether the run has ended is not known then.</param>
    /// <returns>A task that ends when the next run can begin.</returns>
    /// <exception cref="SessionRunLostException">Another one has taken the agent over.</exception>
    /// <exception cref="SessionNotFoundException">The session was deleted. What the run had stored is gone.</exception>
    Task CompleteAsync(CancellationToken cancellationToken = default);
}
