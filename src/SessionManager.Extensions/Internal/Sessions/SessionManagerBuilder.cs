using Microsoft.Extensions.DependencyInjection;

namespace SessionManager.Internal.Sessions;

internal sealed class SessionManagerBuilder(IServiceCollection services, string? serviceKey) : ISessionManagerBuilder
{
    /// <inheritdoc/>
    public IServiceCollection Services => services;

    /// <inheritdoc/>
    public string Name => serviceKey ?? Microsoft.Extensions.Options.Options.DefaultName;

    /// <inheritdoc/>
    public string? ServiceKey => serviceKey;
}
