using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using MongoDB.Driver;

namespace SessionManager;

public sealed class InMemoryRegistrationTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task AddInMemorySessionManager_NoOptions_GivesWorkingSessions()
    {
        await using var provider = Build(services => services.AddInMemorySessionManager());
        await using var session = provider.GetRequiredService<ISessionManagerFactory>().Create("s1");
        var agent = new SessionAgent("support");

        await session.InitializeAsync(agent, Cancellation);
        await session.AppendMessageAsync(new ChatMessage(ChatRole.User, "Hello"), agent, Cancellation);

        var storage = provider.GetRequiredService<SessionStorageProvider>().DefaultStorage;
        var branch = await storage.FindBranchAsync("s1", "support", number: null, Cancellation);
        Assert.Equal(1, await storage.GetMessageCountAsync("s1", branch!, Cancellation));
    }

    [Fact]
    public async Task AddInMemorySessionManager_FactoriesOfDifferentScopes_ShareTheSessions()
    {
        await using var provider = Build(services => services.AddInMemorySessionManager());
        await using (var scope = provider.CreateAsyncScope())
        {
            await scope.ServiceProvider.GetRequiredService<ISessionManagerFactory>().Create("s1").CreateSessionAsync(Cancellation);
        }

        Assert.True(await provider.GetRequiredService<ISessionManagerFactory>().Create("s1").SessionExistsAsync(Cancellation));
    }

    [Fact]
    public async Task AddInMemorySessionManager_Twice_AddsEveryServiceOnceAndAppliesBothDelegates()
    {
        var services = new ServiceCollection();
        services.AddInMemorySessionManager(options => options.ApplicationName = "first");
        var count = Count(services);

        services.AddInMemorySessionManager(options => options.SessionTtl = TimeSpan.FromHours(1));

        Assert.Equal(count, Count(services));
        await using var provider = services.BuildServiceProvider();
        var options = provider.GetRequiredService<IOptions<InMemorySessionManagerOptions>>().Value;
        Assert.Equal(("first", TimeSpan.FromHours(1)), (options.ApplicationName, options.SessionTtl));

        static int Count(IServiceCollection services) =>
            services.Count(service => service.ServiceType.FullName?.StartsWith("SessionManager.", StringComparison.Ordinal) is true);
    }

    [Fact]
    public async Task AddInMemorySessionManager_AfterTheApplicationsOwnRegistration_TakesItsPlace()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddMongoSessionManager(options => options.ConnectionString = "mongodb://nowhere.invalid/chat?serverSelectionTimeoutMS=1");
        builder.Services.AddInMemorySessionManager();
        using var host = builder.Build();
        await host.StartAsync(Cancellation);

        Assert.True(await host.Services.GetRequiredService<ISessionManagerFactory>().Create("s1").CreateSessionAsync(Cancellation));
        Assert.NotNull(await host.Services.GetRequiredService<SessionStorageProvider>().DefaultStorage.GetSessionAsync("s1", Cancellation));

        await host.StopAsync(Cancellation);
    }

    [Fact]
    public async Task AddKeyedInMemorySessionManager_SeveralKeys_HoldSessionsOfTheirOwn()
    {
        await using var provider = Build(services =>
        {
            services.AddInMemorySessionManager();
            services.AddKeyedInMemorySessionManager("eu", options => options.ApplicationName = "eu-shop");
            services.AddKeyedMongoSessionManager("us", options => options.ConnectionString = "mongodb://localhost:1/chat");
        });
        var eu = provider.GetRequiredKeyedService<ISessionManagerFactory>("eu").Create("s1");
        await eu.CreateSessionAsync(Cancellation);

        Assert.Equal("eu-shop", await eu.GetApplicationNameAsync(Cancellation));
        Assert.False(await provider.GetRequiredService<ISessionManagerFactory>().Create("s1").SessionExistsAsync(Cancellation));
        Assert.NotNull(provider.GetRequiredKeyedService<ISessionManagerFactory>("us"));
        Assert.Null(provider.GetService<IMongoClient>());
    }

    [Fact]
    public void AddInMemorySessionManager_Builder_NamesTheRegistration()
    {
        var services = new ServiceCollection();

        var builder = services.AddInMemorySessionManager();
        var keyed = services.AddKeyedInMemorySessionManager("eu");

        Assert.Equal((services, "", null), (builder.Services, builder.Name, builder.ServiceKey));
        Assert.Equal((services, "eu", "eu"), (keyed.Services, keyed.Name, keyed.ServiceKey));
    }

    [Fact]
    public async Task Create_SettingsOfTheDefaultCollection_AreTheDefaultSessions()
    {
        await using var provider = Build(services => services.AddInMemorySessionManager());
        var factory = provider.GetRequiredService<ISessionManagerFactory>();
        await factory.Create("s1").CreateSessionAsync(Cancellation);

        Assert.True(await factory.Create("s1", new() { CollectionName = "sessions" }).SessionExistsAsync(Cancellation));
        Assert.False(await factory.Create("s1", new() { CollectionName = "others" }).SessionExistsAsync(Cancellation));
        Assert.False(await factory.Create("s1", new() { DatabaseName = "others" }).SessionExistsAsync(Cancellation));
    }

    [Fact]
    public async Task Create_NamesThatNoDatabaseTakes_AreRefused()
    {
        await using var provider = Build(services => services.AddInMemorySessionManager());
        var factory = provider.GetRequiredService<ISessionManagerFactory>();

        Assert.Throws<ArgumentException>(() => factory.Create("s1", new() { DatabaseName = "a.b" }));
        Assert.Throws<ArgumentException>(() => factory.Create("s1", new() { CollectionName = "system.x" }));
        Assert.Throws<ArgumentException>(() => factory.Create("s1", new() { MetadataFields = ["$a"] }));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public async Task SessionTtl_NotPositive_FailsAtHostStart(int seconds)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddInMemorySessionManager(options => options.SessionTtl = TimeSpan.FromSeconds(seconds));
        using var host = builder.Build();

        var exception = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync(Cancellation));

        Assert.Contains("SessionTtl", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Add_NullOrBlankArguments_Throw()
    {
        Assert.Throws<ArgumentNullException>(() => default(IServiceCollection)!.AddInMemorySessionManager());
        Assert.ThrowsAny<ArgumentException>(() => new ServiceCollection().AddKeyedInMemorySessionManager(" "));
        Assert.Throws<ArgumentNullException>(() => default(IServiceCollection)!.AddKeyedInMemorySessionManager("eu"));
    }

    private static ServiceProvider Build(Action<IServiceCollection> add)
    {
        var services = new ServiceCollection();
        add(services);
        return services.BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true });
    }
}
