using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using MongoDB.Bson;
using MongoDB.Driver;
using MongoDB.Driver.Core.Events;

namespace SessionManager.IntegrationTests.Processes;

public sealed class HostLifetimeTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    // Far beyond what anything here takes: it turns a hang into a failure.
    private static readonly TimeSpan Hang = TimeSpan.FromSeconds(60);

    private readonly string _sessionId = DatabaseFixture.NewSessionId();
    private int _closedClusters;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Host_FactoryInServicesOfEveryLifetime_AppendToOneSession()
    {
        const int Each = 10;
        using var host = Build(services =>
        {
            services.AddSingleton(new Work(_sessionId, Each));
            services.AddSingleton<Worker>();
            services.AddHostedService(provider => provider.GetRequiredService<Worker>());
            services.AddScoped<ScopedAppender>();
            services.AddTransient<TransientAppender>();
        });
        await database.Factory.Create(_sessionId).InitializeAsync(Agents.Support(), Cancellation);

        await host.StartAsync(Cancellation);
        await using (var scope = host.Services.CreateAsyncScope())
        {
            await Task.WhenAll(
                host.Services.GetRequiredService<Worker>().ExecuteTask!,
                scope.ServiceProvider.GetRequiredService<ScopedAppender>().AppendAsync("scoped"),
                scope.ServiceProvider.GetRequiredService<TransientAppender>().AppendAsync("transient"),
                host.Services.GetRequiredService<TransientAppender>().AppendAsync("transient of the root"));
        }

        await host.StopAsync(Cancellation);

        var stored = await database.FindMessagesAsync(_sessionId);
        Assert.Equal(Enumerable.Range(0, 4 * Each), stored.Select(message => message["message_id"].AsInt32));
        var texts = stored.Select(message => message["message"]["content"][0]["text"].AsString).ToArray();
        foreach (var writer in (string[])["worker", "scoped", "transient", "transient of the root"])
        {
            Assert.Equal(Enumerable.Range(0, Each).Select(i => $"{writer} {i}"), texts.Where(text => text[..text.LastIndexOf(' ')] == writer));
        }
    }

    [Fact]
    public async Task Dispose_BorrowedClient_StaysUsable()
    {
        var settings = MongoClientSettings.FromConnectionString(database.ConnectionString);
        settings.ClusterConfigurator = CountClosing;
        using var client = new MongoClient(settings);
        using (var host = Build(services => services.AddSingleton<IMongoClient>(client)))
        {
            await host.StartAsync(Cancellation);
            await AppendAsync(host.Services);
            await host.StopAsync(Cancellation);
        }

        var messages = client.GetDatabase(database.DatabaseName).GetCollection<BsonDocument>("sessions_messages");

        Assert.Equal(1, await messages.CountDocumentsAsync(new BsonDocument("session_id", _sessionId), cancellationToken: Cancellation));
        Assert.Equal(0, _closedClusters);
    }

    [Fact]
    public async Task Dispose_OwnedClient_IsClosedExactlyOnce()
    {
        ISessionManager session;
        ISessionManager unused;
        using (var host = Build(configure: options => options.ConfigureClient = settings => settings.ClusterConfigurator = CountClosing))
        {
            await host.StartAsync(Cancellation);
            session = await AppendAsync(host.Services);
            unused = host.Services.GetRequiredService<ISessionManagerFactory>().Create(_sessionId);
            await host.StopAsync(Cancellation);
            Assert.Equal(0, _closedClusters);

            host.Dispose();
            await ((IAsyncDisposable)host.Services).DisposeAsync();
        }

        Assert.Equal(1, _closedClusters);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => session.GetMessageCountAsync("support", Cancellation).WaitAsync(Hang, Cancellation));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => session.AppendMessageAsync(Agents.User(), Agents.Support(), Cancellation).WaitAsync(Hang, Cancellation));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => unused.InitializeAsync(Agents.Support(), Cancellation).WaitAsync(Hang, Cancellation));
        Assert.Single(await database.FindMessagesAsync(_sessionId));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Dispose_AppendInFlight_EndsItAndLeavesTheSessionWhole(bool isAnswered)
    {
        await using var proxy = TcpProxy.Start(database.ConnectionString);
        Task<int> append;
        using (var host = Build(configure: options => options.ConnectionString = proxy.ConnectionString))
        {
            await host.StartAsync(Cancellation);
            var session = await AppendAsync(host.Services);
            var answered = proxy.HoldAnswerTo("in flight");
            append = session.AppendMessageAsync(Agents.User("in flight"), Agents.Support(), Cancellation);
            await answered.WaitAsync(Hang, Cancellation);
            await host.StopAsync(Cancellation).WaitAsync(Hang, Cancellation);
        }

        if (isAnswered)
        {
            proxy.ReleaseAnswer();
        }
        else
        {
            proxy.CutAll();
        }

        var error = await Record.ExceptionAsync(() => append.WaitAsync(Hang, Cancellation));

        // The server had stored it when the host went; whether the caller learns that is not promised.
        Assert.True(error is null or ObjectDisposedException { ObjectName: "SessionManager" }, error?.ToString());
        var resumed = database.Factory.Create(_sessionId);
        var agent = Agents.Support();
        await resumed.InitializeAsync(agent, Cancellation);
        Assert.Equal(["hello", "in flight"], agent.Messages.Select(message => message.Text));
        Assert.Equal(2, await resumed.AppendMessageAsync(Agents.User(), agent, Cancellation));
    }

    [Theory]
    [InlineData("load")]
    [InlineData("append")]
    [InlineData("update")]
    [InlineData("stream")]
    public async Task Dispose_OperationsInFlight_CompleteOrNameTheLibrary(string operation)
    {
        await database.Storage.GetOrAddAgentAsync(_sessionId, new StoredAgent { AgentId = "support" }, [.. Enumerable.Range(0, 400).Select(i => Agents.User($"{i}"))], null, null, null, mustExist: false, Cancellation);
        var host = Build();
        await host.StartAsync(Cancellation);
        var factory = host.Services.GetRequiredService<ISessionManagerFactory>();
        using var running = new CountdownEvent(16);
        var callers = Enumerable.Range(0, 16).Select(i => Task.Run(async () =>
        {
            await using var session = factory.Create(_sessionId);
            var agent = Agents.Support($"agent-{i}");
            await session.InitializeAsync(agent, Cancellation);
            running.Signal();
            // Until the container is gone, wherever in the driver that meets it.
            while (true)
            {
                await (operation switch
                {
                    "load" => session.InitializeAsync(Agents.Support(), Cancellation),
                    "append" => session.AppendMessageAsync(Agents.User(), agent, Cancellation),
                    "update" => session.UpdateMetadataAsync(new Dictionary<string, object?> { ["a"] = i }, Cancellation),
                    _ => session.StreamMessagesAsync("support", cancellationToken: Cancellation).CountAsync(Cancellation).AsTask(),
                });
            }
        })).ToArray();
        running.Wait(Cancellation);

        host.Dispose();

        foreach (var caller in callers)
        {
            var exception = await Assert.ThrowsAsync<ObjectDisposedException>(() => caller.WaitAsync(Hang, Cancellation));
            Assert.Equal("SessionManager", exception.ObjectName);
        }
    }

    [Fact]
    public async Task Dispose_OneOfTwoProvidersWithTwoDatabasesEach_LeavesTheOtherUsable()
    {
        var otherName = database.DatabaseName + "_b";
        var one = BuildKeyed(otherName);
        await using var two = BuildKeyed(otherName);
        var session = two.GetRequiredKeyedService<ISessionManagerFactory>("a").Create(_sessionId);
        await session.InitializeAsync(Agents.Support(), Cancellation);
        foreach (var key in (string[])["a", "b"])
        {
            var sameSession = one.GetRequiredKeyedService<ISessionManagerFactory>(key).Create(_sessionId);
            var agent = Agents.Support();
            await sameSession.InitializeAsync(agent, Cancellation);
            await sameSession.AppendMessageAsync(Agents.User($"in {key}"), agent, Cancellation);
        }

        await one.DisposeAsync();

        Assert.Equal(1, await session.AppendMessageAsync(Agents.User("after"), Agents.Support(), Cancellation));
        Assert.Equal(["in a", "after"], await TextsAsync("a"));
        Assert.Equal(["in b"], await TextsAsync("b"));
        await database.Database.Client.DropDatabaseAsync(otherName, Cancellation);

        async Task<string[]> TextsAsync(string key)
        {
            var storage = two.GetRequiredKeyedService<SessionStorageProvider>(key).DefaultStorage;
            var branch = await storage.FindBranchAsync(_sessionId, "support", number: null, Cancellation);
            return [.. (await storage.ListMessagesAsync(_sessionId, branch!, new(), Cancellation)).Select(message => message.Message.Text)];
        }
    }

    private async Task<ISessionManager> AppendAsync(IServiceProvider services)
    {
        var session = services.GetRequiredService<ISessionManagerFactory>().Create(_sessionId);
        var agent = Agents.Support();
        await session.InitializeAsync(agent, Cancellation);
        await session.AppendMessageAsync(Agents.User("hello"), agent, Cancellation);
        return session;
    }

    private IHost Build(Action<IServiceCollection>? register = null, Action<MongoSessionManagerOptions>? configure = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.ConfigureContainer(new DefaultServiceProviderFactory(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true }));
        builder.Services.AddMongoSessionManager(options =>
        {
            options.ConnectionString = database.ConnectionString;
            options.DatabaseName = database.DatabaseName;
            configure?.Invoke(options);
        });
        register?.Invoke(builder.Services);
        return builder.Build();
    }

    private ServiceProvider BuildKeyed(string otherName)
    {
        var services = new ServiceCollection();
        services.AddKeyedMongoSessionManager("a", options => (options.ConnectionString, options.DatabaseName) = (database.ConnectionString, database.DatabaseName));
        services.AddKeyedMongoSessionManager("b", options => (options.ConnectionString, options.DatabaseName) = (database.ConnectionString, otherName));
        return services.BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true });
    }

    private void CountClosing(MongoDB.Driver.Core.Configuration.ClusterBuilder builder) =>
        builder.Subscribe<ClusterClosedEvent>(_ => Interlocked.Increment(ref _closedClusters));

    private sealed record Work(string SessionId, int Count);

    private abstract class Appender(ISessionManagerFactory factory, Work work)
    {
        public async Task AppendAsync(string name)
        {
            await using var session = factory.Create(work.SessionId);
            for (var i = 0; i < work.Count; i++)
            {
                await session.AppendMessageAsync(Agents.User($"{name} {i}"), Agents.Support(), Cancellation);
            }
        }
    }

    private sealed class ScopedAppender(ISessionManagerFactory factory, Work work) : Appender(factory, work);

    private sealed class TransientAppender(ISessionManagerFactory factory, Work work) : Appender(factory, work);

    private sealed class Worker(ISessionManagerFactory factory, Work work) : BackgroundService
    {
        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            await using var session = factory.Create(work.SessionId);
            for (var i = 0; i < work.Count; i++)
            {
                await session.AppendMessageAsync(Agents.User($"worker {i}"), Agents.Support(), stoppingToken);
            }
        }
    }
}
