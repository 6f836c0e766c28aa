namespace SessionManager.Tool;

/// <summary>
/// The agents of a session, where they can be read: what is damaged can still be looked at, and deleted.
/// </summary>
internal static class Agents
{
    public static async Task<(IReadOnlyList<AgentConfig> Found, string? Damage)> ListAsync(ISessionManager session, CancellationToken cancellationToken)
    {
        try
        {
            return (await session.ListAgentsAsync(cancellationToken), null);
        }
        catch (DamagedSessionException exception)
        {
            return ([], exception.Message);
        }
    }
}
