using Microsoft.Extensions.Logging;
using SessionManager.Internal.History;
using SessionManager.Internal.Hooks;
using SessionManager.Internal.Shared;

namespace SessionManager.Internal.Sessions;

/// <summary>
/// Creates session managers over the storages of one registration, with the hooks of one scope.
/// </summary>
internal sealed class DefaultSessionManagerFactory(
    SessionStorageProvider storages,
    HookRegistration hooks,
    IServiceProvider services,
    AgentPositions positions,
    HistoryMetrics metrics,
    ILogger logger) : ISessionManagerFactory
{
    // Null for a factory of the root scope, whose session managers have hooks of their own.
    private readonly SessionHooks? _sharedHooks = hooks.CreateShared(services);

    /// <inheritdoc/>
    public ISessionManager Create(string sessionId, SessionManagerOptions? options = null)
    {
        Identifier.ThrowIfInvalid(sessionId, nameof(sessionId));

        var storage = options is null ? storages.DefaultStorage : storages.GetStorage(options);
        var applicationName = options?.ApplicationName ?? storages.ApplicationName;
        return new DefaultSessionManager(sessionId, storage, applicationName, _sharedHooks ?? hooks.CreateOwned(), positions, metrics, logger);
    }
}
