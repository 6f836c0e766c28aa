using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using SessionManager;

namespace Microsoft.Extensions.Hosting;

/// <summary>
/// Adds persistent agent sessions to a host, configured from the places that hosts keep such things in.
/// </summary>
public static class MongoSessionManagerHostApplicationBuilderExtensions
{
    private const string SectionName = "SessionManager";

    /// <summary>
    /// Adds sessions. The options come from section <c>SessionManager</c>, then section
    /// <c>SessionManager:{connectionName}</c>, then connection string <c>ConnectionStrings:{connectionName}</c>, then the
    /// callback: what comes later wins.
    /// </summary>
    /// <param name="builder">The host's builder.</param>
    /// <param name="connectionName">The name of the connection.</param>
    /// <param name="configure">Sets further options, or null.</param>
    /// <returns>A builder for further configuration.</returns>
    /// <exception cref="ArgumentException">An argument is null, or the name is blank.</exception>
    public static MongoSessionManagerBuilder AddMongoSessionManager(
        this IHostApplicationBuilder builder,
        string connectionName,
        Action<MongoSessionManagerOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrWhiteSpace(connectionName);

        return builder.Services.AddMongoSessionManager(options => Configure(builder.Configuration, connectionName, options, configure));
    }

    /// <summary>
    /// Adds sessions under a service key that is also the name of the connection. The options come from the same places
    /// as without a key.
    /// </summary>
    /// <param name="builder">The host's builder.</param>
    /// <param name="connectionName">The name of the connection, and the key of the services.</param>
    /// <param name="configure">Sets further options, or null.</param>
    /// <returns>A builder for further configuration.</returns>
    /// <exception cref="ArgumentException">An argument is null, or the name is blank.</exception>
    public static MongoSessionManagerBuilder AddKeyedMongoSessionManager(
        this IHostApplicationBuilder builder,
        string connectionName,
        Action<MongoSessionManagerOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrWhiteSpace(connectionName);

        return builder.Services.AddKeyedMongoSessionManager(
            connectionName,
            options => Configure(builder.Configuration, connectionName, options, configure));
    }

    private static void Configure(
        IConfiguration configuration,
        string connectionName,
        MongoSessionManagerOptions options,
        Action<MongoSessionManagerOptions>? configure)
    {
        var section = configuration.GetSection(SectionName);
        section.Bind(options);
        section.GetSection(connectionName).Bind(options);
        if (configuration.GetConnectionString(connectionName) is { } connectionString)
        {
            options.ConnectionString = connectionString;
        }

        configure?.Invoke(options);
    }
}
