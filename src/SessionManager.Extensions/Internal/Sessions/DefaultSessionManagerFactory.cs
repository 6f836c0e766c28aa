using Microsoft.Extensions.Logging;
using SessionManager.Internal.History;
using SessionManager.Internal.Hooks;
using SessionManager.Internal.Runs;
using SessionManager.Internal.Shared;
using SessionManager.Internal.Titles;

namespace SessionManager.Internal.Sessions;

/// <summary>
/// Creates session managers over the storages of one registration, with the hooks of one scope.
/// </summary>
internal sealed class DefaultSessionManagerFactory(
    SessionStorageProvider storages,
    HookRegistration hooks,
    IServiceProvider services,
    OwnerSource owners,
    AgentPositions positions,
    HistoryMetrics metrics,
    TitleQueue? titles,
    TimeProvider timeProvider,
    ILogger logger) : ISessionManagerFactory
{
    private readonly RunTerms _terms = new(storages.RunTerm);

    // Null for a factory of the root scope, whose session managers have hooks of their own.
    private readonly SessionHooks? _sharedHooks = hooks.CreateShared(services);

    /// <inheritdoc/>
    public SessionOwner Owner => owners.Get();

    /// <inheritdoc/>
    public ISessionManagerFactory ForOwner(SessionOwner owner)
    {
        ArgumentNullException.ThrowIfNull(owner);
        return new DefaultSessionManagerFactory(storages, hooks, services, new OwnerSource(owner), positions, metrics, titles, timeProvider, logger);
    }

    /// <inheritdoc/>
    public ISessionManager Create(string sessionId, SessionManagerOptions? options = null)
    {
        Identifier.ThrowIfInvalid(sessionId, nameof(sessionId));

        var key = new SessionKey(owners.Get(), sessionId);
        var storage = options is null ? storages.DefaultStorage : storages.GetStorage(options);
        var applicationName = options?.ApplicationName ?? storages.ApplicationName;
        return new DefaultSessionManager(key, storage, applicationName, _sharedHooks ?? hooks.CreateOwned(), positions, _terms, metrics, titles, timeProvider, logger);
    }
}
