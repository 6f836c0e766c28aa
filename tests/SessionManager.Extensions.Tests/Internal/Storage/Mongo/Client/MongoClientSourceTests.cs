using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using MongoDB.Driver;
using MongoDB.Driver.Core.Events;

namespace SessionManager.Internal.Storage.Mongo.Client;

public class MongoClientSourceTests
{
    // Nothing listens on port 1, and no test waits for it.
    private const string Server = "mongodb://127.0.0.1:1/app";
    private const string OtherServer = "mongodb://127.0.0.1:2/app";

    private readonly FakeLogCollector _logs = new();
    private readonly List<string> _events = [];
    private readonly Lock _lock = new();

    [Fact]
    public void Create_NoClientRegistered_OwnsOne()
    {
        using var provider = Build(_ => { });

        var source = provider.GetRequiredService<MongoClientSource>();

        Assert.True(source.IsOwned);
        Assert.Equal(1, source.Client.Settings.Server.Port);
        Assert.Equal("SessionManager", source.Client.Settings.LibraryInfo.Name);
        Assert.NotNull(source.Client.Settings.LoggingSettings);
    }

    [Fact]
    public void Create_ClientRegistered_WinsOverTheConnectionString()
    {
        using var client = new MongoClient(OtherServer);
        using var provider = Build(services => services.AddSingleton<IMongoClient>(client));

        var source = provider.GetRequiredService<MongoClientSource>();

        Assert.Same(client, source.Client);
        Assert.False(source.IsOwned);
    }

    [Fact]
    public void Create_NeitherClientNorConnectionString_SaysHowToGiveOne()
    {
        using var provider = Build(_ => { }, options: new());

        var exception = Assert.Throws<InvalidOperationException>(provider.GetRequiredService<MongoClientSource>);

        Assert.StartsWith("Connection string is required", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Dispose_OwnedClient_ClosesItsConnectionsOnce()
    {
        var provider = Build(_ => { });
        var source = provider.GetRequiredService<MongoClientSource>();

        provider.Dispose();
        source.Dispose();

        Assert.Equal(["opened", "closed"], Events());
        Assert.Throws<ObjectDisposedException>(() => source.Client.GetDatabase("app"));
    }

    [Fact]
    public void Dispose_FromManyThreads_ClosesOnce()
    {
        using var provider = Build(_ => { });
        var source = provider.GetRequiredService<MongoClientSource>();

        Parallel.For(0, 16, _ => source.Dispose());

        Assert.Equal(["opened", "closed"], Events());
    }

    [Fact]
    public void Dispose_BorrowedClient_LeavesItOpen()
    {
        using var client = new MongoClient(Recording(OtherServer));
        var provider = Build(services => services.AddSingleton<IMongoClient>(client));
        var source = provider.GetRequiredService<MongoClientSource>();

        provider.Dispose();
        source.Dispose();

        Assert.Equal(["opened"], Events());
        Assert.Equal("app", client.GetDatabase("app").DatabaseNamespace.DatabaseName);
    }

    [Fact]
    public void Dispose_OneOfTwoWithEqualSettings_LeavesTheOtherOpen()
    {
        using var provider = new ServiceCollection().BuildServiceProvider();
        var one = MongoClientSource.Create(provider, null, new() { ConnectionString = Server });
        using var two = MongoClientSource.Create(provider, null, new() { ConnectionString = Server });
        var (closed, open) = (one.Client.Cluster, two.Client.Cluster);

        one.Dispose();

        Assert.NotSame(closed, open);
        Assert.Empty(closed.Description.Servers);
        Assert.NotEmpty(open.Description.Servers);
    }

    [Fact]
    public void CreateKeyed_ClientOfTheSameKey_WinsOverTheConnectionString()
    {
        using var keyed = new MongoClient(OtherServer);
        using var unkeyed = new MongoClient(OtherServer);
        using var provider = Build(services => services
            .AddSingleton<IMongoClient>(unkeyed)
            .AddKeyedSingleton<IMongoClient>("a", keyed));

        Assert.Same(keyed, provider.GetRequiredKeyedService<MongoClientSource>("a").Client);
        Assert.Same(unkeyed, provider.GetRequiredService<MongoClientSource>().Client);
    }

    [Fact]
    public void CreateKeyed_ConnectionString_WinsOverTheUnkeyedClient()
    {
        using var unkeyed = new MongoClient(OtherServer);
        using var provider = Build(services => services.AddSingleton<IMongoClient>(unkeyed));

        var source = provider.GetRequiredKeyedService<MongoClientSource>("a");

        Assert.True(source.IsOwned);
        Assert.Equal(1, source.Client.Settings.Server.Port);
    }

    [Fact]
    public void CreateKeyed_NoConnectionString_BorrowsTheUnkeyedClient()
    {
        using var unkeyed = new MongoClient(OtherServer);
        using var provider = Build(
            services => services.AddSingleton<IMongoClient>(unkeyed),
            options: new() { ConnectionString = " " });

        var source = provider.GetRequiredKeyedService<MongoClientSource>("a");

        Assert.False(source.IsOwned);
        Assert.Same(unkeyed, source.Client);
    }

    [Fact]
    public void CreateKeyed_ClientOfAnotherKey_IsNotUsed()
    {
        using var other = new MongoClient(OtherServer);
        using var provider = Build(services => services.AddKeyedSingleton<IMongoClient>("b", other), options: new());

        Assert.Throws<InvalidOperationException>(() => provider.GetRequiredKeyedService<MongoClientSource>("a"));
    }

    [Fact]
    public void Dispose_Keyed_ClosesOnlyOwnClients()
    {
        using var client = new MongoClient(Recording(OtherServer));
        var provider = Build(services => services.AddKeyedSingleton<IMongoClient>("b", client));
        var owned = provider.GetRequiredKeyedService<MongoClientSource>("a");
        var borrowed = provider.GetRequiredKeyedService<MongoClientSource>("b");

        provider.Dispose();

        Assert.True(owned.IsOwned);
        Assert.False(borrowed.IsOwned);
        Assert.Equal(["opened", "opened", "closed"], Events());
        Assert.Throws<ObjectDisposedException>(() => owned.Client.GetDatabase("app"));
        Assert.NotNull(borrowed.Client.GetDatabase("app"));
    }

    [Fact]
    public void Create_ClientOptionsOnBorrowedClient_LogsTheirNamesOnly()
    {
        using var client = new MongoClient(OtherServer);
        using var provider = Build(
            services => services.AddSingleton<IMongoClient>(client),
            options: new() { ConnectionString = Server, MaxPoolSize = 7, Password = "canary" });

        _ = provider.GetRequiredService<MongoClientSource>();

        var record = Assert.Single(_logs.GetSnapshot());
        Assert.Equal((10, "ClientOptionsIgnored", LogLevel.Warning), (record.Id.Id, record.Id.Name, record.Level));
        Assert.Contains("MaxPoolSize, Password", record.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", record.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_BorrowedClientWithoutClientOptions_LogsNothing()
    {
        using var client = new MongoClient(OtherServer);
        using var provider = Build(
            services => services.AddSingleton<IMongoClient>(client),
            options: new() { ConnectionString = Server, DatabaseName = "app" });

        _ = provider.GetRequiredService<MongoClientSource>();

        Assert.Empty(_logs.GetSnapshot());
    }

    private ServiceProvider Build(Action<IServiceCollection> register, MongoSessionManagerOptions? options = null)
    {
        options ??= new() { ConnectionString = Server, ConfigureClient = Record };
        var services = new ServiceCollection()
            .AddLogging(logging => logging
                .AddProvider(new FakeLoggerProvider(_logs))
                .AddFilter("MongoDB", LogLevel.None))
            .AddSingleton(provider => MongoClientSource.Create(provider, null, options))
            .AddKeyedSingleton("a", (provider, key) => MongoClientSource.Create(provider, key, options))
            .AddKeyedSingleton("b", (provider, key) => MongoClientSource.Create(provider, key, options));
        register(services);
        return services.BuildServiceProvider(new ServiceProviderOptions
        {
            ValidateOnBuild = true,
            ValidateScopes = true,
        });
    }

    private MongoClientSettings Recording(string connectionString)
    {
        var settings = MongoClientSettings.FromConnectionString(connectionString);
        Record(settings);
        return settings;
    }

    private void Record(MongoClientSettings settings) =>
        settings.ClusterConfigurator = builder => builder
            .Subscribe<ClusterOpenedEvent>(_ => Add("opened"))
            .Subscribe<ClusterClosedEvent>(_ => Add("closed"));

    private void Add(string name)
    {
        lock (_lock)
        {
            _events.Add(name);
        }
    }

    private string[] Events()
    {
        lock (_lock)
        {
            return [.. _events];
        }
    }
}
