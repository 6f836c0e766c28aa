using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using MongoDB.Driver;

namespace SessionManager;

public sealed class RegistrationTests
{
    private const string ConnectionString = "mongodb://localhost:1/chat?serverSelectionTimeoutMS=1";

    [Fact]
    public async Task AddMongoSessionManager_FactoryInjectedIntoEveryLifetime_Resolves()
    {
        var services = new ServiceCollection();
        services.AddMongoSessionManager(options => options.ConnectionString = ConnectionString);
        services.AddHostedService<SingletonWorker>();
        services.AddScoped<ScopedService>();
        services.AddTransient<TransientService>();
        await using var provider = Build(services);
        await using var scope = provider.CreateAsyncScope();

        ISessionManagerFactory[] factories =
        [
            provider.GetServices<IHostedService>().OfType<SingletonWorker>().Single().Factory,
            scope.ServiceProvider.GetRequiredService<ScopedService>().Factory,
            scope.ServiceProvider.GetRequiredService<TransientService>().Factory,
            provider.GetRequiredService<TransientService>().Factory,
        ];

        Assert.All(factories, factory => Assert.Equal("s1", factory.Create("s1").SessionId));
    }

    [Fact]
    public async Task AddMongoSessionManager_Twice_AddsEveryServiceOnceAndAppliesBothDelegates()
    {
        var services = new ServiceCollection();
        services.AddMongoSessionManager(options => options.ConnectionString = ConnectionString);
        var count = services.Count(service => service.ServiceType.Namespace?.StartsWith("SessionManager", StringComparison.Ordinal) is true || service.ServiceType == typeof(IHostedService));

        services.AddMongoSessionManager(options => options.CollectionName = "second");

        Assert.Equal(count, services.Count(service => service.ServiceType.Namespace?.StartsWith("SessionManager", StringComparison.Ordinal) is true || service.ServiceType == typeof(IHostedService)));
        await using var provider = Build(services);
        var options = provider.GetRequiredService<IOptions<MongoSessionManagerOptions>>().Value;
        Assert.Equal((ConnectionString, "second"), (options.ConnectionString, options.CollectionName));
        Assert.Single(provider.GetServices<ISessionManagerFactory>());
    }

    [Fact]
    public async Task AddMongoSessionManager_FactoriesOfManyScopes_ShareOneClient()
    {
        // Every second connection pool of a process is one too many (fault 47).
        var clusters = 0;
        var services = new ServiceCollection();
        services.AddMongoSessionManager(options =>
        {
            options.ConnectionString = ConnectionString;
            options.ConfigureClient = settings => settings.ClusterConfigurator = builder =>
                builder.Subscribe<MongoDB.Driver.Core.Events.ClusterOpenedEvent>(_ => Interlocked.Increment(ref clusters));
        });
        await using var provider = Build(services);

        for (var i = 0; i < 5; i++)
        {
            await using var scope = provider.CreateAsyncScope();
            var factory = scope.ServiceProvider.GetRequiredService<ISessionManagerFactory>();
            await factory.Create("s1").DisposeAsync();
            await factory.Create("s1", new() { CollectionName = $"other{i}" }).DisposeAsync();
        }

        Assert.Equal(1, clusters);
    }

    [Fact]
    public async Task AddMongoSessionManager_WithoutLogging_Works()
    {
        var services = new ServiceCollection();
        services.AddMongoSessionManager(options => options.ConnectionString = ConnectionString);
        await using var provider = Build(services);

        Assert.NotNull(provider.GetRequiredService<ISessionManagerFactory>().Create("s1"));
        Assert.NotEmpty(provider.GetServices<IHostedService>());
    }

    [Fact]
    public async Task AddMongoSessionManager_DelegateWithServices_SeesThem()
    {
        var services = new ServiceCollection();
        services.AddSingleton(new Secret(ConnectionString));
        services.AddMongoSessionManager((options, provider) => options.ConnectionString = provider.GetRequiredService<Secret>().Value);
        await using var provider = Build(services);

        Assert.Equal(ConnectionString, provider.GetRequiredService<IOptions<MongoSessionManagerOptions>>().Value.ConnectionString);
    }

    [Fact]
    public async Task AddKeyedMongoSessionManager_TwoKeys_StandSideBySide()
    {
        var services = new ServiceCollection();
        services.AddKeyedMongoSessionManager("eu", options => options.ConnectionString = "mongodb://eu.example/chat");
        services.AddKeyedMongoSessionManager("us", Configure(("ConnectionString", "mongodb://us.example/chat"), ("CollectionName", "us_sessions")));
        await using var provider = Build(services);

        var eu = provider.GetRequiredKeyedService<ISessionManagerFactory>("eu");
        var us = provider.GetRequiredKeyedService<ISessionManagerFactory>("us");

        Assert.NotNull(eu.Create("s1"));
        Assert.NotNull(us.Create("s1"));
        Assert.NotSame(provider.GetRequiredKeyedService<SessionStorageProvider>("eu").DefaultStorage, provider.GetRequiredKeyedService<SessionStorageProvider>("us").DefaultStorage);
        Assert.Null(provider.GetService<ISessionManagerFactory>());
        Assert.Equal("us_sessions", provider.GetRequiredService<IOptionsMonitor<MongoSessionManagerOptions>>().Get("us").CollectionName);
    }

    [Fact]
    public void AddMongoSessionManager_Builder_TellsNameAndKey()
    {
        var services = new ServiceCollection();

        var unkeyed = services.AddMongoSessionManager();
        var keyed = services.AddKeyedMongoSessionManager("eu");

        Assert.Equal((services, "", null), (unkeyed.Services, unkeyed.Name, unkeyed.ServiceKey));
        Assert.Equal((services, "eu", "eu"), (keyed.Services, keyed.Name, keyed.ServiceKey));
    }

    [Fact]
    public async Task ConfigureClient_OnTheBuilder_RunsAfterTheOptions()
    {
        var services = new ServiceCollection();
        services
            .AddMongoSessionManager(options =>
            {
                options.ConnectionString = ConnectionString;
                options.ConfigureClient = settings => settings.ApplicationName = "from options";
            })
            .ConfigureClient(settings => settings.ApplicationName += ", from builder");
        await using var provider = Build(services);

        var client = provider.GetRequiredService<Internal.Storage.Mongo.Client.MongoClientSource>().Client;

        Assert.Equal("from options, from builder", client.Settings.ApplicationName);
    }

    [Fact]
    public async Task AddMongoSessionManager_OnAHostBuilder_LaysItsSourcesOverEachOther()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["SessionManager:ConnectionString"] = "mongodb://general.example/general",
            ["SessionManager:DatabaseName"] = "general",
            ["SessionManager:CollectionName"] = "general",
            ["SessionManager:ApplicationName"] = "general",
            ["SessionManager:chat:DatabaseName"] = "named",
            ["SessionManager:chat:CollectionName"] = "named",
            ["ConnectionStrings:chat"] = "mongodb://named.example/",
        });

        builder.AddMongoSessionManager("chat", options => options.CollectionName = "coded");

        await using var provider = Build(builder.Services);
        var options = provider.GetRequiredService<IOptions<MongoSessionManagerOptions>>().Value;
        Assert.Equal(
            ("mongodb://named.example/", "named", "coded", "general"),
            (options.ConnectionString, options.DatabaseName, options.CollectionName, options.ApplicationName));
    }

    [Fact]
    public async Task AddKeyedMongoSessionManager_OnAHostBuilder_UsesTheNameAsKey()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["ConnectionStrings:chat"] = ConnectionString });

        builder.AddKeyedMongoSessionManager("chat");

        await using var provider = Build(builder.Services);
        Assert.NotNull(provider.GetRequiredKeyedService<ISessionManagerFactory>("chat").Create("s1"));
    }

    [Fact]
    public async Task Host_WrongOptions_FailsAtStartWithEveryFaultAndNoSecret()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddMongoSessionManager(options =>
        {
            options.ConnectionString = "mongodb://user:canary-secret@host/chat?maxPoolSize=abc";
            options.CollectionName = "bad$name";
            options.MinPoolSize = -1;
            options.MetadataFields = ["$where"];
        });
        builder.Services.AddKeyedMongoSessionManager("eu", options => options.CollectionName = "");
        using var host = builder.Build();

        var exception = await Assert.ThrowsAnyAsync<Exception>(() => host.StartAsync(TestContext.Current.CancellationToken));

        var text = exception.ToString();
        Assert.Contains("ConnectionString", text, StringComparison.Ordinal);
        Assert.Contains("CollectionName contains '$'", text, StringComparison.Ordinal);
        Assert.Contains("MinPoolSize", text, StringComparison.Ordinal);
        Assert.Contains("MetadataFields", text, StringComparison.Ordinal);
        Assert.Contains("Connection string is required", text, StringComparison.Ordinal);
        Assert.DoesNotContain("canary-secret", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Provider_WrongOptionsWithoutAHost_FailsWhenTheFactoryIsResolved()
    {
        var services = new ServiceCollection();
        services.AddMongoSessionManager();
        await using var provider = Build(services);

        var exception = Assert.Throws<OptionsValidationException>(provider.GetRequiredService<ISessionManagerFactory>);

        Assert.Contains("Connection string is required", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Provider_ClientInTheContainer_IsBorrowed()
    {
        using var client = new MongoClient(ConnectionString);
        var services = new ServiceCollection();
        services.AddSingleton<IMongoClient>(client);
        services.AddMongoSessionManager(options => options.DatabaseName = "chat");
        await using (var provider = Build(services))
        {
            Assert.Same(client, provider.GetRequiredService<Internal.Storage.Mongo.Client.MongoClientSource>().Client);
        }

        Assert.NotNull(client.GetDatabase("chat"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("a\0b")]
    [InlineData("TOO LONG")]
    [InlineData("HALF A PAIR")]
    public async Task Create_BadSessionId_ThrowsNamingTheParameter(string? sessionId)
    {
        var services = new ServiceCollection();
        services.AddMongoSessionManager(options => options.ConnectionString = ConnectionString);
        await using var provider = Build(services);
        var id = sessionId switch
        {
            "TOO LONG" => new string('ä', 128),
            "HALF A PAIR" => "half \ud83d",
            _ => sessionId,
        };

        var exception = Assert.ThrowsAny<ArgumentException>(() => provider.GetRequiredService<ISessionManagerFactory>().Create(id!));

        Assert.Equal("sessionId", exception.ParamName);
    }

    [Fact]
    public async Task Create_SessionIdOf255Bytes_Works()
    {
        var services = new ServiceCollection();
        services.AddMongoSessionManager(options => options.ConnectionString = ConnectionString);
        await using var provider = Build(services);

        Assert.NotNull(provider.GetRequiredService<ISessionManagerFactory>().Create(new string('a', 255)));
    }

    [Theory]
    [InlineData("a/b", null, null, "DatabaseName")]
    [InlineData(null, "a$b", null, "CollectionName")]
    [InlineData(null, "other", "$x", "MetadataFields")]
    public async Task Create_BadSettings_ThrowsNamingTheSetting(string? databaseName, string? collectionName, string? metadataField, string expected)
    {
        var services = new ServiceCollection();
        services.AddMongoSessionManager(options => options.ConnectionString = ConnectionString);
        await using var provider = Build(services);
        var settings = new SessionManagerOptions
        {
            DatabaseName = databaseName,
            CollectionName = collectionName,
            MetadataFields = metadataField is null ? null : [metadataField],
        };

        var exception = Assert.Throws<ArgumentException>(() => provider.GetRequiredService<ISessionManagerFactory>().Create("s1", settings));

        Assert.StartsWith(expected, exception.Message, StringComparison.Ordinal);
        Assert.Equal("options", exception.ParamName);
    }

    [Fact]
    public async Task Manager_Disposed_RefusesFurtherCalls()
    {
        var services = new ServiceCollection();
        services.AddMongoSessionManager(options => options.ConnectionString = ConnectionString);
        await using var provider = Build(services);
        var session = provider.GetRequiredService<ISessionManagerFactory>().Create("s1");

        await session.DisposeAsync();
        await session.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => session.InitializeAsync(new SessionAgent("a"), TestContext.Current.CancellationToken));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => session.ListAgentsAsync(TestContext.Current.CancellationToken));
    }

    private static IConfiguration Configure(params (string Key, string Value)[] values) =>
        new ConfigurationBuilder().AddInMemoryCollection(values.Select(pair => KeyValuePair.Create(pair.Key, (string?)pair.Value))).Build();

    private static ServiceProvider Build(IServiceCollection services) =>
        services.BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true });

    private sealed class SingletonWorker(ISessionManagerFactory factory) : BackgroundService
    {
        public ISessionManagerFactory Factory => factory;

        protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.CompletedTask;
    }

    private sealed class ScopedService(ISessionManagerFactory factory)
    {
        public ISessionManagerFactory Factory => factory;
    }

    private sealed class TransientService(ISessionManagerFactory factory)
    {
        public ISessionManagerFactory Factory => factory;
    }

    private sealed record Secret(string Value);
}
