using Microsoft.Extensions.DependencyInjection;

namespace SessionManager;

/// <summary>
/// Configures one registration of the session manager, whatever it stores sessions in.
/// </summary>
/// <remarks>Not thread-safe. It is used while services are registered, and not afterwards.</remarks>
public interface ISessionManagerBuilder
{
    /// <summary>
    /// Gets the services that the registration belongs to.
    /// </summary>
    IServiceCollection Services { get; }

    /// <summary>
    /// Gets the name of the registration's options.
    /// </summary>
    /// <value>The service key, or the empty default name where there is none.</value>
    string Name { get; }

    /// <summary>
    /// Gets the key of the registration's services.
    /// </summary>
    /// <value>Null for a registration without a key.</value>
    string? ServiceKey { get; }
}
