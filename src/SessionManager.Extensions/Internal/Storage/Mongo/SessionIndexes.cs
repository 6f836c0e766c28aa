using Microsoft.Extensions.Logging;
using MongoDB.Bson;
using MongoDB.Driver;
using SessionManager.Internal.Diagnostics;
using SessionManager.Internal.Shared;
using SessionManager.Internal.Storage.Documents;

namespace SessionManager.Internal.Storage.Mongo;

/// <summary>
/// Creates the indexes of the three collections, once.
/// </summary>
internal sealed class SessionIndexes(
    IMongoCollection<BsonDocument> sessions,
    IMongoCollection<MessageDocument> messages,
    IMongoCollection<BsonDocument> feedback,
    MongoSessionManagerOptions settings,
    IReadOnlyList<string> metadataFields,
    TimeProvider timeProvider,
    ILogger logger)
{
    private static readonly TimeSpan BetweenAttempts = TimeSpan.FromMinutes(1);

    private const string GuardrailTime = $"{Fields.GuardrailEvent}.{GuardrailEventDocument.Timestamp}";

    private readonly Gate _gate = new();
    private volatile bool _created;
    private long _nextAttempt = long.MinValue;

    public string CollectionNamespace => sessions.CollectionNamespace.FullName;

    /// <summary>
    /// Sees to it that the indexes are created, for a caller that does not wait for them. Never throws.
    /// </summary>
    public void Begin()
    {
        if (_created || Volatile.Read(ref _nextAttempt) is var attempt && timeProvider.GetTimestamp() < attempt)
        {
            return;
        }

        // One of those that come at once begins.
        var next = timeProvider.GetTimestamp() + (long)(BetweenAttempts.TotalSeconds * timeProvider.TimestampFrequency);
        if (Interlocked.CompareExchange(ref _nextAttempt, next, attempt) == attempt)
        {
            // Without the caller's context: it belongs to the trace of none.
            ThreadPool.UnsafeQueueUserWorkItem(static indexes => _ = indexes.TryEnsureAsync(), this, preferLocal: false);
        }
    }

    /// <summary>
    /// Creates the indexes unless this process has done so, and ends when they are there.
    /// </summary>
    /// <remarks>
    /// An index that the server refuses is logged and not tried again: the application may lack the right to create it,
    /// and it may be there by other means. A server that cannot be reached is the caller's exception.
    /// </remarks>
    public ValueTask EnsureAsync(CancellationToken cancellationToken) =>
        _created ? ValueTask.CompletedTask : new ValueTask(CreateAsync(cancellationToken));

    private async Task TryEnsureAsync()
    {
        try
        {
            await EnsureAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // The client may be disposed by now, or the server away. Nobody waits for the indexes.
            logger.IndexesDelayed(CollectionNamespace, e.GetType().Name, BetweenAttempts);
        }
    }

    private async Task CreateAsync(CancellationToken cancellationToken)
    {
        using var entry = await _gate.EnterAsync(cancellationToken).ConfigureAwait(false);

        // Another call has created them while this one waited.
        if (_created)
        {
            return;
        }

        await CreateAsync(messages, [.. MessageIndexes()], cancellationToken).ConfigureAwait(false);
        await CreateAsync(feedback, [.. FeedbackIndexes()], cancellationToken).ConfigureAwait(false);
        await CreateAsync(sessions, [.. SessionIndexModels()], cancellationToken).ConfigureAwait(false);
        _created = true;
        logger.IndexesCreated(CollectionNamespace);
    }

    private async Task CreateAsync<T>(IMongoCollection<T> collection, CreateIndexModel<T>[] indexes, CancellationToken cancellationToken)
    {
        try
        {
            await WaitForBuildAsync(collection, indexes, cancellationToken).ConfigureAwait(false);
        }
        catch (MongoCommandException) when (indexes.Length > 1)
        {
            // One refused index refuses them all; the others must not suffer.
            foreach (var index in indexes)
            {
                await CreateAsync(collection, [index], cancellationToken).ConfigureAwait(false);
            }
        }
        catch (MongoCommandException exception)
        {
            logger.IndexFailed(indexes[0].Options.Name, collection.CollectionNamespace.FullName, exception.Code, exception.CodeName);
        }
    }

    // On a collection that holds data a build takes longer than any reply may. The server goes on with it, and answers the next
    // one that asks for the same indexes when it is done
    // (https://www.mongodb.com/docs/manual/core/index-creation/#interrupted-index-builds-on-a-primary-mongod).
    private async Task WaitForBuildAsync<T>(IMongoCollection<T> collection, CreateIndexModel<T>[] indexes, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await collection.Indexes.CreateManyAsync(indexes, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (MongoConnectionException exception) when (exception.ContainsTimeoutException)
            {
                logger.IndexesBuilding(collection.CollectionNamespace.FullName);
            }
        }
    }

    // Whatever else is asked of messages goes by their _id.
    private IEnumerable<CreateIndexModel<MessageDocument>> MessageIndexes()
    {
        // Few messages are redacted, and only those are in it.
        yield return new(
            new BsonDocument { { Fields.SessionId, 1 }, { GuardrailTime, 1 } },
            new CreateIndexOptions<MessageDocument>
            {
                Name = $"{Fields.SessionId}_1_{GuardrailTime}_1",
                PartialFilterExpression = new BsonDocument(Fields.GuardrailEvent, new BsonDocument("$exists", true)),
            });

        if (settings.SessionTtl is not null)
        {
            yield return Expiry<MessageDocument>();
        }
    }

    private IEnumerable<CreateIndexModel<BsonDocument>> FeedbackIndexes()
    {
        // The order of addition. One feedback goes by its _id.
        yield return new(
            new BsonDocument { { Fields.SessionId, 1 }, { Fields.CreatedAt, 1 }, { Fields.Id, 1 } },
            new CreateIndexOptions { Name = $"{Fields.SessionId}_1_{Fields.CreatedAt}_1_{Fields.Id}_1" });
        if (settings.SessionTtl is not null)
        {
            yield return Expiry<BsonDocument>();
        }
    }

    private IEnumerable<CreateIndexModel<BsonDocument>> SessionIndexModels()
    {
        // The orders of listing, each with the id that makes its pages exact.
        yield return NewestFirst(Fields.CreatedAt);
        yield return NewestFirst(Fields.UpdatedAt);
        yield return NewestFirst(Fields.CreatedAt, Fields.ApplicationName);
        yield return NewestFirst(Fields.CreatedAt, OwnerDocument.TenantPath, OwnerDocument.UserPath);
        yield return NewestFirst(Fields.UpdatedAt, OwnerDocument.TenantPath, OwnerDocument.UserPath);
        foreach (var field in metadataFields)
        {
            var path = MetadataPaths.ToPath(field);
            yield return new(new BsonDocument(path, 1), new CreateIndexOptions { Name = $"{path}_1" });
        }

        // Of deleted sessions, for as long as they are known, and in no other.
        yield return new(new BsonDocument(Fields.SweepAt, 1), new CreateIndexOptions { Name = $"{Fields.SweepAt}_1", Sparse = true });

        if (settings.SessionTtl is not null)
        {
            yield return Expiry<BsonDocument>();
        }
    }

    private static CreateIndexModel<BsonDocument> NewestFirst(string time, params ReadOnlySpan<string> first)
    {
        BsonDocument keys = [];
        foreach (var field in first)
        {
            keys.Add(field, 1);
        }

        keys.Add(time, -1).Add(Fields.Id, -1);
        return new(keys, new CreateIndexOptions<BsonDocument>
        {
            Name = string.Join('_', keys.Select(key => $"{key.Name}_{key.Value}")),
            // What nobody owns is in none of the two: it would be all of many databases.
            PartialFilterExpression = keys.Contains(OwnerDocument.TenantPath) ? OwnerDocument.Exists : null,
        });
    }

    private static CreateIndexModel<T> Expiry<T>() =>
        new(new BsonDocument(Fields.ExpiresAt, 1), new CreateIndexOptions { Name = $"{Fields.ExpiresAt}_1", ExpireAfter = TimeSpan.Zero });
}
