namespace SessionManager;

/// <summary>
/// Gives out the storages of one registration. Session managers, pipelines, agents, the health check and the preparation at
/// host start all take theirs from here.
/// </summary>
/// <remarks>
/// A singleton under the key of the registration, registered by <c>AddSessionManager</c>: what takes its place in the
/// container is what is used. Thread-safe. The container disposes it, where it is disposable.
/// </remarks>
public abstract class SessionStorageProvider
{
    /// <summary>
    /// Gets the storage of session managers that ask for no other one. The same at every call.
    /// </summary>
    public abstract SessionStorage DefaultStorage { get; }

    /// <summary>
    /// Gets the application name for new sessions.
    /// </summary>
    /// <value>Null for none, the default.</value>
    public virtual string? ApplicationName => null;

    /// <summary>
    /// Gets how long a run is alive without another sign of life. It gives one three times as often.
    /// </summary>
    /// <value>30 seconds, unless the registration says otherwise.</value>
    public virtual TimeSpan RunTerm => TimeSpan.FromSeconds(30);

    /// <summary>
    /// Sweeps the storages that were given out: see <see cref="SessionStorage.SweepAsync"/>.
    /// </summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The number of deleted sessions of which nothing is left now. Of <see cref="DefaultStorage"/>, unless it is overridden.</returns>
    public virtual Task<int> SweepAsync(CancellationToken cancellationToken = default) => DefaultStorage.SweepAsync(cancellationToken);

    /// <summary>
    /// Gets the storage for the options of one session manager. The same for the same place.
    /// </summary>
    /// <param name="options">The options.</param>
    /// <returns>The storage; <see cref="DefaultStorage"/> where the options name no other place.</returns>
    /// <exception cref="ArgumentException">A name in the options is not valid, or the storage has no such places.</exception>
    public abstract SessionStorage GetStorage(SessionManagerOptions options);
}
