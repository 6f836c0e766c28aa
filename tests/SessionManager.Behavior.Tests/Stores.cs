using Microsoft.Extensions.DependencyInjection;

namespace SessionManager.Behavior;

/// <summary>
/// Where sessions are kept, and how another process gets at them.
/// </summary>
public sealed class Stores(MongoServerFixture server) : IAsyncLifetime
{
    private readonly DatabaseFixture _database = new(server);
    private readonly ServiceProvider _inMemory = new ServiceCollection().AddInMemory().BuildServiceProvider();
    private readonly List<ServiceProvider> _processes = [];

    public DatabaseFixture Database => _database;

    /// <summary>
    /// Gets the services of a process. In memory there is one; in the database every call starts another.
    /// </summary>
    public IServiceProvider StartProcess(bool isInMemory)
    {
        if (isInMemory)
        {
            return _inMemory;
        }

        var process = _database.CreateServices(options =>
        {
            options.CreateIndexes = false; // The database has them.
            options.MinPoolSize = 0;
        });
        lock (_processes)
        {
            _processes.Add(process);
        }

        return process;
    }

    /// <summary>
    /// Gets the services of a process whose log events and metrics are collected. In memory it has sessions of its own.
    /// </summary>
    public IServiceProvider StartObservedProcess(bool isInMemory)
    {
        var process = isInMemory
            ? new ServiceCollection().AddObservation().AddInMemory().BuildServiceProvider()
            : _database.CreateServices(options => options.CreateIndexes = false, register: services => services.AddObservation());
        lock (_processes)
        {
            _processes.Add(process);
        }

        return process;
    }

    public ValueTask InitializeAsync() => _database.InitializeAsync();

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
        {
            await process.DisposeAsync();
        }

        await _inMemory.DisposeAsync();
        await _database.DisposeAsync();
    }
}

internal static class StoreServices
{
    public static IServiceCollection AddObservation(this IServiceCollection services) => services.AddMetrics().AddFakeLogging();

    public static IServiceCollection AddInMemory(this IServiceCollection services)
    {
        services.AddSingleton(TimeProvider.System);
        services.AddInMemorySessionManager();
        return services;
    }
}
