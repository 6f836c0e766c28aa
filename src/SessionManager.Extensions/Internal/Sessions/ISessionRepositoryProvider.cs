namespace SessionManager.Internal.Sessions;

/// <summary>
/// The repositories of one registration. Whatever stores sessions registers this, under the registration's key.
/// </summary>
internal interface ISessionRepositoryProvider
{
    /// <summary>
    /// Gets the repository that the options name.
    /// </summary>
    ISessionRepository Repository { get; }

    /// <summary>
    /// Gets the application name for new sessions, or null for none.
    /// </summary>
    string? ApplicationName { get; }

    /// <summary>
    /// Gets the repository for the options of one session manager.
    /// </summary>
    /// <exception cref="ArgumentException">A name in the options is not valid.</exception>
    ISessionRepository GetRepository(SessionManagerOptions options);

    /// <summary>
    /// Returns when the place that sessions are in has answered.
    /// </summary>
    Task PingAsync(CancellationToken cancellationToken);
}
