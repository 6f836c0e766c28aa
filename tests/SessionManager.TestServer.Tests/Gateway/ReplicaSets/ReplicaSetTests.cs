using MongoDB.Bson;
using MongoDB.Driver;
using SessionManager.TestServer.Tests.Wire;
using SessionManager.Testing.Server;

namespace SessionManager.TestServer.Tests.Gateway.ReplicaSets;

/// <summary>Tests on the gateway as a replica set, with a database of their own.</summary>
[Trait("Server", "Gateway")]
public abstract class ReplicaSetTests(ReplicaSetFixture replicaSet) : IAsyncLifetime
{
    private readonly string _databaseName = $"test_{Guid.NewGuid():N}";

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    protected string AppName { get; } = $"test-{Guid.NewGuid():N}";

    protected string ConnectionString { get; private set; } = "";

    /// <summary>Gets the collection as a client without faults sees it.</summary>
    protected IMongoCollection<BsonDocument> Collection { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        ConnectionString = await replicaSet.GetConnectionStringAsync();
        Collection = CollectionOf(await replicaSet.GetClientAsync());
    }

    public async ValueTask DisposeAsync()
    {
        await Collection.Database.Client.DropDatabaseAsync(_databaseName, CancellationToken.None);
        GC.SuppressFinalize(this);
    }

    protected static BsonDocument Parse(string json) => BsonDocument.Parse(json);

    /// <summary>Connects as an application does that has the fail points.</summary>
    protected MongoClient Connect(Action<MongoClientSettings>? configure = null)
    {
        var settings = MongoClientSettings.FromConnectionString(ConnectionString);
        settings.ApplicationName = AppName;
        configure?.Invoke(settings);
        return new MongoClient(settings);
    }

    protected IMongoCollection<BsonDocument> CollectionOf(IMongoClient client) =>
        client.GetDatabase(_databaseName).GetCollection<BsonDocument>("things");

    protected Task<FailPoint> SetAsync(string name, string data, int? times = null) =>
        FailPoint.SetAsync(Collection.Database.Client, name, Parse(data).Add("appName", AppName), times);

    protected Task<List<BsonDocument>> FindAllAsync() =>
        Collection.Find(FilterDefinition<BsonDocument>.Empty).SortBy(document => document["_id"]).ToListAsync(Cancellation);

    /// <summary>Sends a write as the driver does with retryable writes, and returns the reply.</summary>
    protected async Task<BsonDocument> SendAsync(Guid sessionId, long transactionNumber, string command)
    {
        using var client = await WireClient.ConnectAsync(MongoUrl.Create(ConnectionString).Server, Cancellation);
        var document = Parse(command).AddRange(new BsonDocument
        {
            { "lsid", new BsonDocument("id", new BsonBinaryData(sessionId, GuidRepresentation.Standard)) },
            { "txnNumber", transactionNumber },
            { "$db", _databaseName },
        });
        await client.SendAsync(WireClient.Message(1, document), Cancellation);
        return (await client.ReceiveAsync(Cancellation)).Document;
    }
}
