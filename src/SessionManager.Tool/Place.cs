using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using MongoDB.Bson;
using MongoDB.Driver;

namespace SessionManager.Tool;

/// <summary>
/// One place of sessions: the library over it, and its collections.
/// </summary>
internal sealed class Place : IAsyncDisposable
{
    private readonly MongoClient _client;
    private readonly ServiceProvider _services;
    private readonly ISessionManagerFactory _factory;

    public Place(MongoClient client, string databaseName, string collectionName, Action<MongoSessionManagerOptions>? configure)
    {
        (_client, CollectionName) = (client, collectionName);
        var services = new ServiceCollection();
        services.AddSingleton<IMongoClient>(client);
        services.AddMongoSessionManager(options =>
        {
            options.DatabaseName = databaseName;
            options.CollectionName = collectionName;
            // Who looks at sessions must not change what is there.
            options.CreateIndexes = false;
            configure?.Invoke(options);
        });
        _services = services.BuildServiceProvider();
        try
        {
            _factory = _services.GetRequiredService<ISessionManagerFactory>();
            Storage = _services.GetRequiredService<SessionStorageProvider>().DefaultStorage;
            Catalog = _services.GetRequiredService<SessionCatalog>();
            Database = client.GetDatabase(databaseName);
            if (!Database.Settings.WriteConcern.IsAcknowledged)
            {
                // Who repairs must know whether it was done.
                Database = Database.WithWriteConcern(WriteConcern.Acknowledged);
            }
        }
        catch (OptionsValidationException exception)
        {
            _services.Dispose();
            client.Dispose();
            throw new ToolException(string.Join(' ', exception.Failures), ExitCode.Usage);
        }
    }

    public string CollectionName { get; }

    public SessionStorage Storage { get; }

    public SessionCatalog Catalog { get; }

    public IMongoDatabase Database { get; }

    public IMongoCollection<RawBsonDocument> Sessions => Database.GetCollection<RawBsonDocument>(CollectionName);

    public IMongoCollection<RawBsonDocument> Messages => Database.GetCollection<RawBsonDocument>(StoredLayout.GetMessagesName(CollectionName));

    /// <summary>
    /// Gets the feedback, as it is stored.
    /// </summary>
    public IMongoCollection<RawBsonDocument> Feedback => Database.GetCollection<RawBsonDocument>(StoredLayout.GetFeedbackName(CollectionName));

    public PythonSessionReader PythonReader => new(Database, CollectionName);

    /// <summary>
    /// Opens a session, whoever owns it.
    /// </summary>
    /// <param name="sessionId">The <c>_id</c> of its document: the text of its key.</param>
    /// <exception cref="ArgumentException">No session manager takes it.</exception>
    public ISessionManager Open(string sessionId)
    {
        var key = SessionKey.Parse(sessionId);
        return _factory.ForOwner(key.Owner).Create(key.SessionId);
    }

    /// <summary>
    /// Gets the time of the server's clock, which the times of runs come from.
    /// </summary>
    public async Task<DateTimeOffset> GetServerTimeAsync(CancellationToken cancellationToken)
    {
        var hello = await Database.RunCommandAsync<BsonDocument>(new BsonDocument("hello", 1), ReadPreference.Primary, cancellationToken);
        return hello["localTime"].ToUniversalTime();
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        _client.Dispose();
    }
}
