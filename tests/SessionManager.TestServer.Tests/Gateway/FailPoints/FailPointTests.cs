using MongoDB.Bson;
using MongoDB.Driver;
using SessionManager.Testing.Server;

namespace SessionManager.TestServer.Tests.Gateway.FailPoints;

/// <summary>Tests with a client of their own, whose commands the fail points are about.</summary>
public abstract class FailPointTests : DatabaseTests
{
    private readonly MongoClient _client;

    protected FailPointTests(ServerFixture server)
        : base(server)
    {
        _client = Connect(AppName);
        Faulty = _client.GetDatabase(Database.DatabaseNamespace.DatabaseName).GetCollection<BsonDocument>("things");
    }

    protected string AppName { get; } = $"test-{Guid.NewGuid():N}";

    protected string Namespace => Collection.CollectionNamespace.FullName;

    /// <summary>Gets the collection as the client with the fail points sees it.</summary>
    protected IMongoCollection<BsonDocument> Faulty { get; }

    public override async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await base.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    // Without the driver's second attempt, which a standalone server does not get either.
    protected MongoClient Connect(string appName)
    {
        var settings = MongoClientSettings.FromConnectionString(Server.ConnectionString);
        settings.ApplicationName = appName;
        settings.RetryReads = settings.RetryWrites = false;
        return new MongoClient(settings);
    }

    protected Task<FailPoint> SetAsync(string name, string data, int? times = null) =>
        FailPoint.SetAsync(Server.Client, name, Parse(data).Add("appName", AppName), times);

    protected Task InsertAsync(int id) =>
        Faulty.InsertOneAsync(new BsonDocument("_id", id), cancellationToken: Cancellation);

    protected async Task<IEnumerable<int>> StoredIdsAsync() => (await FindAllAsync()).Select(document => document["_id"].AsInt32);
}
