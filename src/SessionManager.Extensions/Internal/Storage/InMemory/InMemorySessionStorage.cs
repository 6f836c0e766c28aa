using System.Collections.Concurrent;
using SessionManager.Internal.Sessions;
using SessionManager.Internal.Storage.Documents;

namespace SessionManager.Internal.Storage.InMemory;

/// <summary>
/// The repositories of one registration: one for each database and collection that was asked for.
/// </summary>
internal sealed class InMemorySessionStorage : ISessionRepositoryProvider
{
    private const string DefaultCollectionName = "sessions";

    private readonly ConcurrentDictionary<(string? DatabaseName, string CollectionName), InMemorySessionRepository> _others = new();
    private readonly InMemorySessionManagerOptions _options;
    private readonly ChatMessageCodec _codec;
    private readonly TimeProvider _timeProvider;

    public InMemorySessionStorage(InMemorySessionManagerOptions options, TimeProvider timeProvider)
    {
        _options = options;
        _codec = new ChatMessageCodec(options.SerializerOptions);
        _timeProvider = timeProvider;
        Repository = CreateRepository();
    }

    /// <inheritdoc/>
    public ISessionRepository Repository { get; }

    /// <inheritdoc/>
    public string? ApplicationName => _options.ApplicationName;

    /// <inheritdoc/>
    public ISessionRepository GetRepository(SessionManagerOptions options)
    {
        // The same names are refused as with a database, so that a test finds them.
        ThrowIf(nameof(options.DatabaseName), options.DatabaseName is null ? null : MongoNames.FindDatabaseNameFault(options.DatabaseName), nameof(options));
        var collectionName = options.CollectionName ?? DefaultCollectionName;
        ThrowIf(nameof(options.CollectionName), MongoNames.FindCollectionNameFault(collectionName, options.DatabaseName), nameof(options));
        foreach (var field in options.MetadataFields ?? [])
        {
            ThrowIf(nameof(options.MetadataFields), MongoNames.FindMetadataFieldFault(field), nameof(options));
        }

        return options.DatabaseName is null && collectionName == DefaultCollectionName
            ? Repository
            : _others.GetOrAdd((options.DatabaseName, collectionName), _ => CreateRepository());
    }

    /// <inheritdoc/>
    public Task PingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static void ThrowIf(string name, string? fault, string paramName)
    {
        if (fault is not null)
        {
            throw new ArgumentException($"{name} {fault}.", paramName);
        }
    }

    private InMemorySessionRepository CreateRepository() => new(_options, _codec, _timeProvider);
}
