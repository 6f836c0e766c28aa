using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Testing;
using MongoDB.Driver;

namespace SessionManager.IntegrationTests.Storage.Mongo;

public sealed class ServerAwayTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    private readonly string _sessionId = DatabaseFixture.NewSessionId();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Host_ServerAwayAtStart_StartsSaysSoAndWorksWhenItComes()
    {
        var port = GetFreePort();
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddFakeLogging();
        builder.Services.AddMongoSessionManager(options =>
        {
            options.ConnectionString = TcpProxy.GetConnectionString(new MongoUrl(database.ConnectionString), port);
            options.DatabaseName = database.DatabaseName;
            options.CollectionName = "came_later";
            options.ServerSelectionTimeout = TimeSpan.FromMilliseconds(300);
        });
        using var host = builder.Build();

        await host.StartAsync(Cancellation);

        var logs = host.Services.GetFakeLogCollector();
        await WaitForAsync(logs, "IndexesDelayed");
        var session = host.Services.GetRequiredService<ISessionManagerFactory>().Create(_sessionId);
        await Assert.ThrowsAsync<TimeoutException>(() => session.InitializeAsync(Agents.Support(), Cancellation));

        await using var proxy = TcpProxy.Start(database.ConnectionString, port);
        await WaitForAsync(logs, "IndexesCreated");
        await session.InitializeAsync(Agents.Support(), Cancellation);

        Assert.Equal(0, await session.AppendMessageAsync(Agents.User(), Agents.Support(), Cancellation));
        await host.StopAsync(Cancellation);
    }

    [Fact]
    public async Task Manager_ServerGoesAndComesBack_ThrowsTheDriversExceptionAndWorksAgain()
    {
        var proxy = TcpProxy.Start(database.ConnectionString);
        var port = new MongoUrl(proxy.ConnectionString).Server.Port;
        await using var services = database.CreateServices(options =>
        {
            options.ConnectionString = proxy.ConnectionString;
            options.ServerSelectionTimeout = TimeSpan.FromSeconds(2);
        });
        var session = services.GetRequiredService<ISessionManagerFactory>().Create(_sessionId);
        var agent = Agents.Support();
        await session.InitializeAsync(agent, Cancellation);
        await session.AppendMessageAsync(Agents.User("before"), agent, Cancellation);
        await proxy.DisposeAsync();

        agent.State["a"] = 1;
        Func<Task>[] calls =
        [
            () => session.AppendMessageAsync(Agents.User("lost"), agent, Cancellation),
            () => session.SyncAgentAsync(agent, Cancellation),
            () => session.InitializeAsync(Agents.Support("billing"), Cancellation),
            () => session.GetMessageCountAsync("support", Cancellation),
            () => session.GetAgentConfigAsync("support", Cancellation),
            () => session.ListAgentsAsync(Cancellation),
            () => session.ListMessagesAsync("support", null, Cancellation),
            () => session.StreamMessagesAsync("support", null, Cancellation).CountAsync(Cancellation).AsTask(),
            () => session.GetApplicationNameAsync(Cancellation),
            () => session.GetMetadataAsync(cancellationToken: Cancellation),
            () => session.GetFeedbacksAsync(Cancellation),
            () => session.GetUsageAsync(Cancellation),
            () => session.SessionExistsAsync(Cancellation),
        ];
        var errors = await Task.WhenAll(calls.Select(async call => await Record.ExceptionAsync(call)));

        // The reference answers an outage with empty data (fault 28).
        Assert.All(errors, error => Assert.True(error is TimeoutException or MongoException, error?.ToString()));

        await using var back = TcpProxy.Start(database.ConnectionString, port);
        var id = await session.AppendMessageAsync(Agents.User("after"), agent, Cancellation);
        await session.SyncAgentAsync(agent, Cancellation);

        Assert.Equal(1, id);
        Assert.Equal(1, (await database.FindSessionAsync(_sessionId))["agents"]["support"]["agent_data"]["state"]["a"]);
    }

    private static async Task WaitForAsync(FakeLogCollector logs, string eventName)
    {
        await foreach (var record in logs.GetLogsAsync(Cancellation))
        {
            if (record.Id.Name == eventName)
            {
                return;
            }
        }
    }

    private static int GetFreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
