using Microsoft.Extensions.DependencyInjection;
using MongoDB.Driver;

namespace SessionManager;

/// <summary>
/// Configures one registration of the session manager over MongoDB.
/// </summary>
/// <remarks>Not thread-safe. It is used while services are registered, and not afterwards.</remarks>
public sealed class MongoSessionManagerBuilder : ISessionManagerBuilder
{
    internal MongoSessionManagerBuilder(IServiceCollection services, string? serviceKey)
    {
        Services = services;
        ServiceKey = serviceKey;
    }

    /// <inheritdoc/>
    public IServiceCollection Services { get; }

    /// <inheritdoc/>
    public string Name => ServiceKey ?? Microsoft.Extensions.Options.Options.DefaultName;

    /// <inheritdoc/>
    public string? ServiceKey { get; }

    /// <summary>
    /// Adds a callback over the settings of the client, after everything else has been set.
    /// </summary>
    /// <param name="configure">The callback. It is not called for a client that comes from the container.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="configure"/> is null.</exception>
    public MongoSessionManagerBuilder ConfigureClient(Action<MongoClientSettings> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        Services.Configure<MongoSessionManagerOptions>(Name, options => options.ConfigureClient += configure);
        return this;
    }
}
