using System.Collections.Concurrent;
using SessionManager.Internal.Storage.Documents;

namespace SessionManager.Internal.Storage.InMemory;

/// <summary>
/// The storages of one registration: one for each database and collection that was asked for.
/// </summary>
internal sealed class InMemorySessionStorageProvider : SessionStorageProvider
{
    private const string DefaultCollectionName = "sessions";

    private readonly ConcurrentDictionary<(string? DatabaseName, string CollectionName), InMemorySessionStorage> _others = new();
    private readonly InMemorySessionManagerOptions _options;
    private readonly ChatMessageCodec _codec;
    private readonly TimeProvider _timeProvider;

    public InMemorySessionStorageProvider(InMemorySessionManagerOptions options, TimeProvider timeProvider)
    {
        _options = options;
        _codec = new ChatMessageCodec(options.SerializerOptions);
        _timeProvider = timeProvider;
        DefaultStorage = CreateStorage();
    }

    /// <inheritdoc/>
    public override SessionStorage DefaultStorage { get; }

    /// <inheritdoc/>
    public override string? ApplicationName => _options.ApplicationName;

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
        // The same names are refused as with a database, so that a test finds them.
        var collectionName = options.CollectionName ?? DefaultCollectionName;
        MongoNames.ThrowIfInvalid(options, options.DatabaseName, collectionName);
        return options.DatabaseName is null && collectionName == DefaultCollectionName
            ? DefaultStorage
            : _others.GetOrAdd((options.DatabaseName, collectionName), _ => CreateStorage());
    }

    private InMemorySessionStorage CreateStorage() => new(_options, _codec, _timeProvider);
}
