using MongoDB.Bson;
using MongoDB.Driver;

namespace SessionManager.TestServer.Tests;

/// <summary>Tests with a database of their own, dropped at the end.</summary>
public abstract class DatabaseTests(ServerFixture server) : IAsyncLifetime
{
    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    protected ServerFixture Server => server;

    protected IMongoDatabase Database { get; } = server.Client.GetDatabase($"test_{Guid.NewGuid():N}");

    protected IMongoCollection<BsonDocument> Collection => Database.GetCollection<BsonDocument>("things");

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public virtual async ValueTask DisposeAsync()
    {
        await server.Client.DropDatabaseAsync(Database.DatabaseNamespace.DatabaseName, CancellationToken.None);
        GC.SuppressFinalize(this);
    }

    protected static BsonDocument Parse(string json) => BsonDocument.Parse(json);

    protected Task<BsonDocument> RunAsync(string json) => RunAsync(Parse(json));

    protected Task<BsonDocument> RunAsync(BsonDocument command) =>
        Database.RunCommandAsync<BsonDocument>(command, cancellationToken: Cancellation);

    protected async Task<MongoCommandException> FailAsync(string json) =>
        await Assert.ThrowsAnyAsync<MongoCommandException>(() => RunAsync(json));

    protected Task<List<BsonDocument>> FindAllAsync() =>
        Collection.Find(FilterDefinition<BsonDocument>.Empty).SortBy(d => d["_id"]).ToListAsync(Cancellation);
}
