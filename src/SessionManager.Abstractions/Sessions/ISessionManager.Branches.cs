namespace SessionManager;

public partial interface ISessionManager
{
    /// <summary>
    /// Begins a run: loads an agent as <see cref="InitializeAsync(ISessionAgent, AgentInitializationOptions, CancellationToken)"/> does, and
    /// keeps other runs of it away until this one has ended.
    /// </summary>
    /// <param name="agent">The agent to load into.</param>
    /// <param name="options">How to load, or null for the defaults.</param>
    /// <param name="whenBusy">What happens where another run goes on; null for <see cref="WhenBusy.Default"/>. <see cref="WhenBusy.Interleave"/> is no run.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The run. Dispose it.</returns>
    /// <remarks>
    /// Of those that wait in one process, the first one comes first. Between processes there is no order. A run whose process has died is
    /// taken over when its time is up: what it had stored stays.
    /// </remarks>
    /// <exception cref="ArgumentException">As <c>InitializeAsync</c> has it, or <paramref name="whenBusy"/> is no run. Nothing was written.</exception>
    /// <exception cref="SessionBusyException">Another run goes on, or this flow of control is a part of it.</exception>
    Task<ISessionRun> StartRunAsync(
        ISessionAgent agent,
        AgentInitializationOptions? options = null,
        WhenBusy? whenBusy = null,
        CancellationToken cancellationToken = default);

    /// <summary>
    /// Asks the run that an agent has, in whatever process, to stop. Its <see cref="ISessionRun.Lost"/> is cancelled when it gives its next sign
    /// of life; what it has stored stays.
    /// </summary>
    /// <param name="agentId">The id of the agent.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>True when there was a run to stop.</returns>
    /// <exception cref="ArgumentException"><paramref name="agentId"/> is not valid.</exception>
    Task<bool> RequestStopAsync(string agentId, CancellationToken cancellationToken = default);

    /// <summary>
    /// Goes back to an earlier message: what follows goes on from there. Nothing is deleted: what stood behind it is kept on its branch.
    /// </summary>
    /// <param name="agentId">The id of the agent.</param>
    /// <param name="position">The number of oldest messages that are kept, zero or more: the position that the next message gets.</param>
    /// <param name="whenBusy">What happens where a run goes on; null for <see cref="WhenBusy.Default"/>. A run that is taken over is lost.</param>
    /// <param name="cancellationToken">Cancels the call. Whether the history has changed is not known then.</param>
    /// <returns>The branch that is the current one now. Where the history has no more messages than that, the one that was.</returns>
    /// <remarks>
    /// The agent's state is not changed. That of its conversation manager is emptied where it is about messages that are no longer there.
    /// </remarks>
    /// <exception cref="ArgumentException"><paramref name="agentId"/> is not valid.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="position"/> is negative, or beyond the end of the history.</exception>
    /// <exception cref="SessionNotFoundException">The session does not exist.</exception>
    /// <exception cref="AgentNotFoundException">The session has no such agent.</exception>
    /// <exception cref="SessionBusyException">A run goes on.</exception>
    Task<AgentBranch> RewindAsync(string agentId, int position, WhenBusy? whenBusy = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Goes back to before the latest message of the user, as <see cref="RewindAsync"/> does.
    /// </summary>
    /// <param name="agentId">The id of the agent.</param>
    /// <param name="whenBusy">As for <see cref="RewindAsync"/>.</param>
    /// <param name="cancellationToken">Cancels the call. Whether the history has changed is not known then.</param>
    /// <returns>The branch that is the current one now. Where there is no message of the user, the one that was.</returns>
    /// <inheritdoc cref="RewindAsync" path="/exception"/>
    Task<AgentBranch> UndoLastTurnAsync(string agentId, WhenBusy? whenBusy = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Begins an empty history, as <see cref="RewindAsync"/> to 0 does. Metadata, feedback and the agent's state stay.
    /// </summary>
    /// <param name="agentId">The id of the agent.</param>
    /// <param name="whenBusy">As for <see cref="RewindAsync"/>.</param>
    /// <param name="cancellationToken">Cancels the call. Whether the history has changed is not known then.</param>
    /// <returns>The branch that is the current one now.</returns>
    /// <inheritdoc cref="RewindAsync" path="/exception"/>
    Task<AgentBranch> ClearAsync(string agentId, WhenBusy? whenBusy = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Goes on from another branch. It gets a new number, and the messages of both stay where they are.
    /// </summary>
    /// <param name="agentId">The id of the agent.</param>
    /// <param name="branch">The number of the branch: of one that <see cref="ListBranchesAsync"/> lists.</param>
    /// <param name="whenBusy">As for <see cref="RewindAsync"/>.</param>
    /// <param name="cancellationToken">Cancels the call. Whether the history has changed is not known then.</param>
    /// <returns>The branch that is the current one now.</returns>
    /// <exception cref="ArgumentException"><paramref name="agentId"/> is not valid, or the agent has no such branch with messages.</exception>
    /// <exception cref="SessionNotFoundException">The session does not exist.</exception>
    /// <exception cref="AgentNotFoundException">The session has no such agent.</exception>
    /// <exception cref="SessionBusyException">A run goes on.</exception>
    Task<AgentBranch> SwitchBranchAsync(string agentId, int branch, WhenBusy? whenBusy = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Lists the branches of an agent's history that have messages of their own, and the current one, newest first.
    /// </summary>
    /// <param name="agentId">The id of the agent.</param>
    /// <param name="beforeBranch">The number before which the list ends, to go on with it; null for the newest ones.</param>
    /// <param name="limit">The largest number of branches to list, one or more.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The branches; empty when the session or the agent does not exist.</returns>
    /// <exception cref="ArgumentException"><paramref name="agentId"/> is not valid.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="beforeBranch"/> is negative, or <paramref name="limit"/> not positive.</exception>
    Task<IReadOnlyList<HistoryBranch>> ListBranchesAsync(
        string agentId,
        int? beforeBranch = null,
        int limit = 50,
        CancellationToken cancellationToken = default);

    /// <summary>
    /// Copies the session into a new one, which goes on by itself: its metadata, and its agents with their state and their current history.
    /// </summary>
    /// <param name="targetSessionId">The id of the new session.</param>
    /// <param name="messageCounts">
    /// For agents by their ids, how many of the oldest messages of their history are copied, zero or more: the position before which the copy
    /// ends. All, of agents that are not named. Null for all.
    /// </param>
    /// <param name="cancellationToken">Cancels the call. The new session is then there whole or not at all.</param>
    /// <returns>True when this call created the session. False where there is one of that id; it is not changed.</returns>
    /// <remarks>
    /// <para>
    /// The session itself is not changed, nor need its runs end: what is stored is copied, and a turn that goes on is copied as far as it is. What an
    /// agent has not synced yet is not.
    /// </para>
    /// <para>
    /// Messages keep their times and redactions. Feedback, other branches, and what was spent stay with the session that they
    /// belong to. No metadata hook is called. A message that is redacted in the middle of the call may be copied as it was.
    /// </para>
    /// <para>It takes time in proportion to the number of messages, and memory for some hundred of them.</para>
    /// </remarks>
    /// <exception cref="ArgumentException"><paramref name="targetSessionId"/> is not valid, or is the session's own.</exception>
    /// <exception cref="ArgumentOutOfRangeException">One of <paramref name="messageCounts"/> is negative, or more than the agent has.</exception>
    /// <exception cref="SessionNotFoundException">The session does not exist, or was deleted in the middle of the call.</exception>
    /// <exception cref="AgentNotFoundException">The session has no agent that <paramref name="messageCounts"/> names.</exception>
    Task<bool> ForkAsync(string targetSessionId, IReadOnlyDictionary<string, int>? messageCounts = null, CancellationToken cancellationToken = default);
}
