namespace SessionManager.Internal.Runs;

/// <summary>
/// Tells of an agent that is not there whether its session is.
/// </summary>
internal static class MissingAgent
{
    /// <summary>
    /// Gets the exception for an agent that was not found.
    /// </summary>
    public static async Task<SessionException> FindCauseAsync(SessionStorage storage, string sessionId, string agentId, CancellationToken cancellationToken) =>
        await storage.GetSessionAsync(sessionId, cancellationToken).ConfigureAwait(false) is null
            ? new SessionNotFoundException(sessionId)
            : new AgentNotFoundException(sessionId, agentId);
}
