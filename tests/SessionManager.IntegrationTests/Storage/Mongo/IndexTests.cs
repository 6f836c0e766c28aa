using Microsoft.Extensions.DependencyInjection;
using MongoDB.Bson;
using MongoDB.Driver;

namespace SessionManager.IntegrationTests.Storage.Mongo;

public sealed class IndexTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task FirstAppend_HundredManagersAtOnce_CreatesTheIndexesOnce()
    {
        // The reference creates its indexes for every manager (fault 17).
        var commands = new CommandRecorder(hasIndexes: true);
        await using var services = database.CreateServices(options => options.CollectionName = "hundred", commands);
        var factory = services.GetRequiredService<ISessionManagerFactory>();

        await Task.WhenAll(Enumerable.Range(0, 100).Select(async _ =>
        {
            var session = factory.Create(DatabaseFixture.NewSessionId());
            var agent = Agents.Support();
            await session.InitializeAsync(agent, Cancellation);
            await session.AppendMessageAsync(Agents.User(), agent, Cancellation);
        }));

        await services.GetRequiredService<SessionStorageProvider>().DefaultStorage.PrepareAsync(Cancellation);
        Assert.Equal(3, commands.Names.Count(name => name == "createIndexes"));
    }

    [Fact]
    public async Task Indexes_Created_AreNamedAndOrderedAsDocumented()
    {
        await using var services = database.CreateServices(options =>
        {
            options.CollectionName = "indexed";
            options.MetadataFields = ["priority", "customer.tier"];
        });
        await services.GetRequiredService<SessionStorageProvider>().DefaultStorage.PrepareAsync(Cancellation);

        Assert.Equal(
            [
                "_id_",
                "application_name_1_created_at_-1__id_-1",
                "created_at_-1__id_-1",
                "metadata.customer.tier_1",
                "metadata.priority_1",
                "owner.tenant_1_owner.user_1_created_at_-1__id_-1",
                "owner.tenant_1_owner.user_1_updated_at_-1__id_-1",
                "sweep_at_1",
                "updated_at_-1__id_-1",
            ],
            (await GetIndexesAsync("indexed")).Select(index => index["name"].AsString).Order(StringComparer.Ordinal));
        Assert.Equal(
            ["_id_", "session_id_1_guardrail_event.timestamp_1"],
            (await GetIndexesAsync("indexed_messages")).Select(index => index["name"].AsString).Order(StringComparer.Ordinal));
        Assert.Equal(
            ["_id_", "session_id_1_created_at_1__id_1"],
            (await GetIndexesAsync("indexed_feedback")).Select(index => index["name"].AsString).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Indexes_SwitchedOff_AreNotCreated()
    {
        var commands = new CommandRecorder(hasIndexes: true);
        await using var services = database.CreateServices(
            options =>
            {
                options.CollectionName = "unindexed";
                options.CreateIndexes = false;
            },
            commands);

        await services.GetRequiredService<SessionStorageProvider>().DefaultStorage.AppendMessageAsync("s", new AgentBranch("a", 0), Agents.User(), null, null, Cancellation);

        Assert.DoesNotContain("createIndexes", commands.Names);
    }

    [Fact]
    public async Task Indexes_SwitchedOff_WritersThatCollideStillGetIdsOfTheirOwn()
    {
        await using var services = database.CreateServices(options =>
        {
            options.CollectionName = "unindexed_together";
            options.CreateIndexes = false;
        });
        var storage = services.GetRequiredService<SessionStorageProvider>().DefaultStorage;

        var ids = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => storage.AppendMessageAsync("s", new AgentBranch("a", 0), Agents.User(), 0, null, Cancellation)));

        Assert.Equal(Enumerable.Range(0, 8), ids.Order());
    }

    [Fact]
    public async Task Indexes_OneRefused_LogsItAndCreatesTheOthers()
    {
        // One refused index takes the later ones with it in the reference (fault 29).
        await database.Database.GetCollection<BsonDocument>("refused").Indexes.CreateOneAsync(
            new CreateIndexModel<BsonDocument>(new BsonDocument("metadata.priority", 1), new CreateIndexOptions { Name = "metadata.priority_1", Unique = true }),
            cancellationToken: Cancellation);
        var services = new ServiceCollection().AddFakeLogging();
        services.AddMongoSessionManager(options =>
        {
            options.ConnectionString = database.ConnectionString;
            options.DatabaseName = database.DatabaseName;
            options.CollectionName = "refused";
            options.MetadataFields = ["priority", "tier"];
        });
        await using var provider = services.BuildServiceProvider();

        await provider.GetRequiredService<SessionStorageProvider>().DefaultStorage.PrepareAsync(Cancellation);

        var warning = Assert.Single(provider.GetFakeLogCollector().GetSnapshot(), record => record.Id.Name == "IndexFailed");
        Assert.Contains("metadata.priority_1", warning.Message, StringComparison.Ordinal);
        var names = (await GetIndexesAsync("refused")).Select(index => index["name"].AsString).ToArray();
        Assert.Contains("application_name_1_created_at_-1__id_-1", names);
        Assert.Contains("metadata.tier_1", names);
    }

    [Fact]
    public async Task Create_WithOtherCollection_StoresAndIndexesThere()
    {
        var settings = new SessionManagerOptions { CollectionName = "tenant_a", MetadataFields = ["plan"] };
        var sessionId = DatabaseFixture.NewSessionId();
        var session = database.Factory.Create(sessionId, settings);
        var agent = Agents.Support();
        await session.InitializeAsync(agent, Cancellation);
        await session.AppendMessageAsync(Agents.User(), agent, Cancellation);

        Assert.Null(await database.Storage.GetSessionAsync(sessionId, Cancellation));
        Assert.Equal(1, await database.Database.GetCollection<BsonDocument>("tenant_a").CountDocumentsAsync(new BsonDocument("_id", sessionId), cancellationToken: Cancellation));
        Assert.Equal(1, await database.Database.GetCollection<BsonDocument>("tenant_a_messages").CountDocumentsAsync(new BsonDocument(), cancellationToken: Cancellation));

        // Nobody waits for them, so the test does.
        while (!(await GetIndexesAsync("tenant_a")).Exists(index => index["name"] == "metadata.plan_1"))
        {
            await Task.Delay(20, Cancellation);
        }
    }

    private async Task<List<BsonDocument>> GetIndexesAsync(string collection)
    {
        using var cursor = await database.Database.GetCollection<BsonDocument>(collection).Indexes.ListAsync(Cancellation);
        return await cursor.ToListAsync(Cancellation);
    }
}
