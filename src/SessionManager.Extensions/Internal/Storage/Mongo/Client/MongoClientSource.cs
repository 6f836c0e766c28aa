using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using MongoDB.Driver;
using SessionManager.Internal.Diagnostics;

namespace SessionManager.Internal.Storage.Mongo.Client;

/// <summary>
/// The client that sessions are stored through, and whether it is to be disposed: one from the container is borrowed,
/// one made here is owned. Meant to be a singleton, so that the container disposes it.
/// </summary>
internal sealed class MongoClientSource : IDisposable
{
    // What has not ended by then does not end any more: now and then the driver forgets an operation whose connection it was opening.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private readonly MongoClient? _owned;
    private readonly CancellationTokenSource _gone = new();
    private int _disposed;

    private MongoClientSource(IMongoClient borrowed) => Client = borrowed;

    private MongoClientSource(MongoClientSettings settings) => Client = _owned = new MongoClient(settings);

    public IMongoClient Client { get; }

    public bool IsOwned => _owned is not null;

    public bool IsDisposed => Volatile.Read(ref _disposed) != 0;

    /// <summary>
    /// Gets a token that is cancelled a little after the client was disposed: nothing is to be waited for any more.
    /// </summary>
    public CancellationToken Gone => _gone.Token;

    /// <summary>
    /// Takes the client from the container, or makes one from the options.
    /// </summary>
    /// <param name="services">The container.</param>
    /// <param name="serviceKey">The key of the registration, or null.</param>
    /// <param name="options">Options that have passed validation.</param>
    /// <remarks>
    /// Without a key, a registered client wins over a connection string. With one, only a client of the same key does;
    /// an unkeyed client is what remains where there is no connection string.
    /// </remarks>
    /// <exception cref="InvalidOperationException">There is neither a client nor a valid connection string.</exception>
    public static MongoClientSource Create(
        IServiceProvider services, object? serviceKey, MongoSessionManagerOptions options)
    {
        var loggerFactory = services.GetService<ILoggerFactory>();
        var borrowed = FindRegisteredClient(services, serviceKey, options);
        if (borrowed is null)
        {
            return new MongoClientSource(KeepApart(MongoClientSettingsFactory.Create(options, loggerFactory)));
        }

        var ignored = string.Join(", ", options.FindClientOptions());
        if (ignored.Length > 0)
        {
            loggerFactory?.CreateSessionManagerLogger().ClientOptionsIgnored(ignored);
        }

        return new MongoClientSource(borrowed);
    }

    public void Dispose()
    {
        if (_owned is null || Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        // Disposing a client leaves its connections open, for other clients of equal settings. Ours has none (see
        // KeepApart), so they are closed here.
        var cluster = _owned.Cluster;
        _owned.Dispose();
        ClusterRegistry.Instance.UnregisterAndDisposeCluster(cluster);
        _gone.CancelAfter(Grace);
    }

    private static IMongoClient? FindRegisteredClient(
        IServiceProvider services, object? serviceKey, MongoSessionManagerOptions options)
    {
        if (serviceKey is null)
        {
            return services.GetService<IMongoClient>();
        }

        return services.GetKeyedService<IMongoClient>(serviceKey)
            ?? (string.IsNullOrWhiteSpace(options.ConnectionString) ? services.GetService<IMongoClient>() : null);
    }

    private static MongoClientSettings KeepApart(MongoClientSettings settings)
    {
        // The driver shares connections between clients whose settings are equal, for the life of the process. Being
        // compared by reference, a delegate of our own keeps other clients, of other hosts too, out of our connections.
        var configure = settings.ClusterConfigurator;
        settings.ClusterConfigurator = builder =>
        {
            // By limits that predate asynchronous code, the driver fails what is started while 500 operations wait for a
            // server or a connection. A burst is to wait its turn instead, for as long as the two time-outs say.
            builder
                .ConfigureCluster(static cluster => cluster.With(maxServerSelectionWaitQueueSize: int.MaxValue))
                .ConfigureConnectionPool(static pool => pool.With(waitQueueSize: int.MaxValue));
            configure?.Invoke(builder);
        };
        return settings;
    }
}
