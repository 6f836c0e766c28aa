using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using MongoDB.Bson;
using MongoDB.Driver;
using SessionManager.Internal.Sessions;
using SessionManager.Internal.Storage.Documents;
using SessionManager.Internal.Storage.Mongo.Client;

namespace SessionManager.Internal.Storage.Mongo;

/// <summary>
/// The repositories of one registration: the configured one, and one for each other collection that was asked for.
/// </summary>
internal sealed class MongoSessionStorage : ISessionRepositoryProvider
{
    private static readonly BsonDocument Ping = new("ping", 1);

    private readonly ConcurrentDictionary<(string DatabaseName, string CollectionName), MongoSessionRepository> _others = new();
    private readonly IMongoClient _client;
    private readonly RepositorySettings _settings;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly string _databaseName;
    private readonly string _collectionName;

    public MongoSessionStorage(IMongoClient client, MongoSessionManagerOptions options, TimeProvider timeProvider, ILogger logger)
    {
        _client = client;
        _databaseName = ConnectionStringReader.GetDatabaseName(options)!;
        _collectionName = options.CollectionName;
        _settings = new RepositorySettings
        {
            Codec = new ChatMessageCodec(options.SerializerOptions),
            MetadataFields = [.. options.MetadataFields],
            CreateIndexes = options.CreateIndexes,
            SessionTtl = options.SessionTtl,
            EraseRedactedMessages = options.EraseRedactedMessages,
        };
        _timeProvider = timeProvider;
        _logger = logger;
        ApplicationName = options.ApplicationName;
        Repository = CreateRepository(_databaseName, _collectionName, _settings);
    }

    /// <summary>
    /// Gets the repository that the options name.
    /// </summary>
    public MongoSessionRepository Repository { get; }

    /// <inheritdoc/>
    ISessionRepository ISessionRepositoryProvider.Repository => Repository;

    /// <inheritdoc/>
    public string? ApplicationName { get; }

    /// <inheritdoc/>
    public ISessionRepository GetRepository(SessionManagerOptions options)
    {
        var databaseName = options.DatabaseName ?? _databaseName;
        var collectionName = options.CollectionName ?? _collectionName;
        if (databaseName == _databaseName && collectionName == _collectionName)
        {
            return Repository;
        }

        return _others.TryGetValue((databaseName, collectionName), out var repository)
            ? repository
            : AddRepository(databaseName, collectionName, options);
    }

    /// <inheritdoc/>
    public Task PingAsync(CancellationToken cancellationToken) =>
        _client.GetDatabase(_databaseName).RunCommandAsync<BsonDocument>(Ping, ReadPreference.Primary, cancellationToken);

    private MongoSessionRepository AddRepository(string databaseName, string collectionName, SessionManagerOptions options)
    {
        Check(nameof(options.DatabaseName), MongoNames.FindDatabaseNameFault(databaseName));
        Check(nameof(options.CollectionName), MongoNames.FindCollectionNameFault(collectionName, databaseName));
        var metadataFields = options.MetadataFields ?? _settings.MetadataFields;
        foreach (var field in metadataFields)
        {
            Check(nameof(options.MetadataFields), MongoNames.FindMetadataFieldFault(field));
        }

        return _others.GetOrAdd((databaseName, collectionName), _ => CreateRepository(databaseName, collectionName, _settings with { MetadataFields = [.. metadataFields] }));

        static void Check(string name, string? fault)
        {
            if (fault is not null)
            {
                throw new ArgumentException($"{name} {fault}.", nameof(options));
            }
        }
    }

    private MongoSessionRepository CreateRepository(string databaseName, string collectionName, RepositorySettings settings) =>
        new(_client.GetDatabase(databaseName), collectionName, settings, _timeProvider, _logger);
}
