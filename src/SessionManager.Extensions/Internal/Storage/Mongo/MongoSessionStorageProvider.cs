using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using MongoDB.Driver;
using SessionManager.Internal.Storage.Documents;
using SessionManager.Internal.Storage.Mongo.Client;

namespace SessionManager.Internal.Storage.Mongo;

/// <summary>
/// The storages of one registration: the configured one, and one for each other collection that was asked for.
/// </summary>
internal sealed class MongoSessionStorageProvider : SessionStorageProvider
{
    private readonly ConcurrentDictionary<(string DatabaseName, string CollectionName), MongoSessionStorage> _others = new();
    private readonly IMongoClient _client;
    private readonly MongoSessionManagerOptions _options;
    private readonly ChatMessageCodec _codec;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly string _databaseName;
    private readonly string _collectionName;

    public MongoSessionStorageProvider(IMongoClient client, MongoSessionManagerOptions options, TimeProvider timeProvider, ILogger logger)
    {
        _client = client;
        _databaseName = ConnectionStringReader.GetDatabaseName(options)!;
        _collectionName = options.CollectionName;
        _options = options;
        _codec = new ChatMessageCodec(options.SerializerOptions);
        _timeProvider = timeProvider;
        _logger = logger;
        ApplicationName = options.ApplicationName;
        DefaultStorage = CreateStorage(_databaseName, _collectionName, options.MetadataFields);
    }

    /// <inheritdoc/>
    public override SessionStorage DefaultStorage { get; }

    /// <inheritdoc/>
    public override string? ApplicationName { get; }

    /// <inheritdoc/>
    public override TimeSpan RunTerm => _options.RunTerm;

    /// <inheritdoc/>
    public override async Task<int> SweepAsync(CancellationToken cancellationToken = default)
    {
        var count = await DefaultStorage.SweepAsync(cancellationToken).ConfigureAwait(false);
        foreach (var storage in _others.Values)
        {
            count += await storage.SweepAsync(cancellationToken).ConfigureAwait(false);
        }

        return count;
    }

    /// <inheritdoc/>
    public override SessionStorage GetStorage(SessionManagerOptions options)
    {
        var databaseName = options.DatabaseName ?? _databaseName;
        var collectionName = options.CollectionName ?? _collectionName;
        if (databaseName == _databaseName && collectionName == _collectionName)
        {
            return DefaultStorage;
        }

        // Names are checked only for a place that is new.
        return _others.TryGetValue((databaseName, collectionName), out var storage)
            ? storage
            : AddStorage(databaseName, collectionName, options);
    }

    private MongoSessionStorage AddStorage(string databaseName, string collectionName, SessionManagerOptions options)
    {
        MongoNames.ThrowIfInvalid(options, databaseName, collectionName);
        var metadataFields = options.MetadataFields ?? _options.MetadataFields.AsEnumerable();
        return _others.GetOrAdd((databaseName, collectionName), _ => CreateStorage(databaseName, collectionName, metadataFields));
    }

    private MongoSessionStorage CreateStorage(string databaseName, string collectionName, IEnumerable<string> metadataFields) =>
        new(_client.GetDatabase(databaseName), collectionName, [.. metadataFields], _options, _codec, _timeProvider, _logger);
}
