using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using MongoDB.Driver;

namespace SessionManager.IntegrationTests.Diagnostics;

public sealed class HealthCheckTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    private readonly ServiceCollection _services = new();
    private readonly CommandRecorder _commands = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Check_RealServer_IsHealthyByOnePingOfTheClientOfSessions()
    {
        Add(database.ConnectionString).AddHealthCheck();
        await using var provider = Build();

        var report = await CheckAsync(provider);

        Assert.Equal(HealthStatus.Healthy, report.Status);
        Assert.Equal(["ping"], _commands.Names);
    }

    [Fact]
    public async Task Check_BorrowedClient_IsHealthyByThatClient()
    {
        var settings = MongoClientSettings.FromConnectionString(database.ConnectionString);
        settings.ClusterConfigurator = _commands.Subscribe;
        using var client = new MongoClient(settings);
        _services.AddSingleton<IMongoClient>(client);
        _services.AddLogging().AddMongoSessionManager(options => options.DatabaseName = database.DatabaseName).AddHealthCheck();
        await using var provider = Build();

        var report = await CheckAsync(provider);

        Assert.Equal(HealthStatus.Healthy, report.Status);
        Assert.Equal(["ping"], _commands.Names);
    }

    [Fact]
    public async Task Check_ServerOfOneKeyGoesAndComesBack_IsUnhealthyForThatKeyAndHealthyAgain()
    {
        var proxy = TcpProxy.Start(database.ConnectionString);
        var port = new MongoUrl(proxy.ConnectionString).Server.Port;
        Add(database.ConnectionString).AddHealthCheck();
        Add(proxy.ConnectionString, "eu").AddHealthCheck();
        await using var provider = Build();
        var before = await CheckAsync(provider);
        await proxy.DisposeAsync();

        var away = await CheckAsync(provider);
        await using var back = TcpProxy.Start(database.ConnectionString, port);
        var after = await CheckAsync(provider);

        Assert.Equal(HealthStatus.Healthy, before.Status);
        Assert.Equal(HealthStatus.Healthy, away.Entries["SessionManager"].Status);
        var entry = away.Entries["SessionManager:eu"];
        Assert.Equal(HealthStatus.Unhealthy, entry.Status);
        Assert.True(entry.Exception is TimeoutException or MongoException, entry.Exception?.ToString());
        Assert.DoesNotContain("127.0.0.1", entry.Description, StringComparison.Ordinal);
        Assert.Equal(HealthStatus.Healthy, after.Status);
    }

    [Fact]
    public async Task Check_ServerHangs_IsUnhealthyWhenTheTimeoutOfTheCheckEnds()
    {
        await using var proxy = TcpProxy.Start(database.ConnectionString);
        Add(proxy.ConnectionString).AddHealthCheck(timeout: TimeSpan.FromMilliseconds(200));
        await using var provider = Build();
        var answered = proxy.HoldAnswerTo("ping");

        var report = await CheckAsync(provider);

        Assert.Equal(HealthStatus.Unhealthy, report.Status);
        Assert.IsAssignableFrom<OperationCanceledException>(report.Entries["SessionManager"].Exception);
        await answered;
    }

    [Fact]
    public async Task Check_WrongPassword_IsUnhealthyAndTellsItNowhere()
    {
        Add(new MongoUrlBuilder(database.ConnectionString) { Username = "ada", Password = "canary-secret" }.ToString()).AddHealthCheck();
        await using var provider = Build();

        var entry = (await CheckAsync(provider)).Entries["SessionManager"];

        Assert.Equal(HealthStatus.Unhealthy, entry.Status);
        Assert.DoesNotContain("canary-secret", $"{entry.Description} {entry.Exception}", StringComparison.Ordinal);
    }

    private static Task<HealthReport> CheckAsync(IServiceProvider provider) =>
        provider.GetRequiredService<HealthCheckService>().CheckHealthAsync(Cancellation);

    private MongoSessionManagerBuilder Add(string connectionString, string? serviceKey = null)
    {
        _services.AddLogging();
        return serviceKey is null ? _services.AddMongoSessionManager(Configure) : _services.AddKeyedMongoSessionManager(serviceKey, Configure);

        void Configure(MongoSessionManagerOptions options)
        {
            options.ConnectionString = connectionString;
            options.DatabaseName = database.DatabaseName;
            options.ServerSelectionTimeout = TimeSpan.FromSeconds(2);
            options.ConfigureClient = settings => settings.ClusterConfigurator = _commands.Subscribe;
        }
    }

    private ServiceProvider Build() =>
        _services.BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true });
}
