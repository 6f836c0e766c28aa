using Microsoft.Extensions.Logging;
using SessionManager.Internal.History;
using SessionManager.Internal.Hooks;
using SessionManager.Internal.Storage.Documents;

namespace SessionManager.Internal.Sessions;

/// <summary>
/// Creates session managers over the repositories of one registration, with the hooks of one scope.
/// </summary>
internal sealed class DefaultSessionManagerFactory(
    ISessionRepositoryProvider repositories,
    HookRegistration hooks,
    IServiceProvider services,
    HistoryMetrics metrics,
    ILogger logger) : ISessionManagerFactory
{
    private readonly SessionHooks? _sharedHooks = hooks.CreateShared(services);

    /// <inheritdoc/>
    public ISessionManager Create(string sessionId, SessionManagerOptions? options = null)
    {
        Identifier.ThrowIfInvalid(sessionId, nameof(sessionId));

        var repository = options is null ? repositories.Repository : repositories.GetRepository(options);
        var applicationName = options?.ApplicationName ?? repositories.ApplicationName;
        return new DefaultSessionManager(sessionId, repository, applicationName, _sharedHooks ?? hooks.CreateOwned(), metrics, logger);
    }
}
