using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using MongoDB.Bson;
using SessionManager.TestServer;

namespace SessionManager.IntegrationTests.Storage.Mongo;

/// <summary>
/// Indexes that take long to build, as those of an upgrade on collections that hold data: nothing waits for them.
/// </summary>
public sealed class IndexBuildTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    // Far beyond what anything here takes: it turns a hang into a failure.
    private static readonly TimeSpan Hang = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Build_LongerThanAnyReplyMayTake_AppendsAndLoadsGoOn(bool isHost)
    {
        var collection = $"building_{isHost}";
        await using var build = await FailPoint.SetAsync(database.Database.Client, FailPointNames.FailCommand, new BsonDocument
        {
            { "failCommands", new BsonArray { "createIndexes" } },
            { "namespace", $"{database.DatabaseName}.{collection}_messages" },
            { "blockConnection", true },
            { "blockTimeMS", 60_000 },
        });
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddFakeLogging();
        builder.Services.AddMongoSessionManager(options =>
        {
            options.ConnectionString = database.ConnectionString;
            options.DatabaseName = database.DatabaseName;
            options.CollectionName = collection;
            options.SocketTimeout = TimeSpan.FromMilliseconds(500);
        });
        using var host = builder.Build();
        if (isHost)
        {
            await host.StartAsync(Cancellation).WaitAsync(Hang, Cancellation);
        }

        var logs = host.Services.GetFakeLogCollector();
        var session = host.Services.GetRequiredService<ISessionManagerFactory>().Create("s");
        for (var i = 0; !logs.GetSnapshot().Any(record => record.Id.Name == "IndexesBuilding"); i++)
        {
            var agent = Agents.Support();
            await session.InitializeAsync(agent, Cancellation);
            Assert.Equal(i, agent.Messages.Count);
            Assert.Equal(i, await session.AppendMessageAsync(Agents.User($"{i}"), agent, Cancellation));
        }

        Assert.DoesNotContain(logs.GetSnapshot(), record => record.Id.Name is "IndexesDelayed" or "IndexFailed" or "IndexesCreated");
        await build.TurnOffAsync();
        while (!logs.GetSnapshot().Any(record => record.Id.Name == "IndexesCreated"))
        {
            await Task.Delay(20, Cancellation);
        }
    }
}
