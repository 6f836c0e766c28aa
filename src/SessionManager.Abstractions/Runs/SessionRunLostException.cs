namespace SessionManager;

/// <summary>
/// Thrown when what a session manager has loaded and appended to is no longer an agent's current history: another one has taken the run
/// over, or gone on from an earlier message. What was appended since is kept on a branch of its own, and no model is sent it.
/// </summary>
public sealed class SessionRunLostException : SessionException
{
    /// <summary>
    /// Initializes a new instance of the <see cref="SessionRunLostException"/> class.
    /// </summary>
    /// <param name="sessionId">The id of the session, or the text of its <see cref="SessionKey"/> where it has an owner.</param>
    /// <param name="branch">The branch that was left.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public SessionRunLostException(string sessionId, AgentBranch branch)
        : base(
            $"The history of agent {branch?.AgentId} in session {GetId(sessionId)} has gone on without branch {branch?.Number}. Load the agent again to go on with it.",
            sessionId)
    {
        ArgumentNullException.ThrowIfNull(branch);
        Branch = branch;
    }

    /// <summary>
    /// Gets the branch on which stands what was appended.
    /// </summary>
    public AgentBranch Branch { get; }

    /// <summary>
    /// Gets the id of the agent.
    /// </summary>
    public string AgentId => Branch.AgentId;
}
