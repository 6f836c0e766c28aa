using System.Globalization;
using MongoDB.Bson;
using MongoDB.Driver;
using SessionManager.Internal.Shared;
using SessionManager.Internal.Storage.Documents;
using SessionManager.Internal.Storage.Documents.Values;
using SessionManager.Internal.Storage.Mongo.Updating;

namespace SessionManager.Internal.Storage.Mongo;

internal sealed partial class MongoSessionStorage
{
    // Each time another writer has changed the field in between.
    private const int MaxIncrements = 3;

    /// <inheritdoc/>
    protected override async Task UpdateMetadataCoreAsync(string sessionId, IReadOnlyDictionary<string, object?> metadata, CancellationToken cancellationToken)
    {
        var paths = MetadataPaths.Create(metadata.Keys);
        var set = new BsonDocument(Fields.UpdatedAt, Now());
        foreach (var (path, (key, value)) in paths.Zip(metadata))
        {
            set.Add(path, MetadataValues.ToBson(value, $"{nameof(metadata)}['{key}']"));
        }

        // A path that leads through a text, say, matches nothing. The server would refuse it, with an error that quotes the text.
        var filter = SessionDocument.ToFilter(sessionId).AddRange(MetadataPaths.ToViableFilter(paths));
        var update = new BsonDocument("$set", set);
        if (await TryUpdateMetadataAsync(sessionId, metadata, filter, update, cancellationToken).ConfigureAwait(false))
        {
            return;
        }

        if (!await ExistsAsync(sessionId, cancellationToken).ConfigureAwait(false))
        {
            throw new SessionNotFoundException(sessionId);
        }

        // Or it was created in between.
        if (!await TryUpdateMetadataAsync(sessionId, metadata, filter, update, cancellationToken).ConfigureAwait(false))
        {
            throw new ArgumentException(
                $"One of these keys leads into a field that has no nested fields: {LogText.Escape(string.Join(", ", metadata.Keys))}.", nameof(metadata));
        }
    }

    private async Task<bool> TryUpdateMetadataAsync(
        string sessionId, IReadOnlyDictionary<string, object?> metadata, BsonDocument filter, BsonDocument update, CancellationToken cancellationToken)
    {
        try
        {
            return await TryUpdateAsync(new(sessionId, filter, update), cancellationToken).ConfigureAwait(false);
        }
        catch (MongoException e) when (HasCode(e, PathNotViable))
        {
            // The metadata is no object, or a path leads through an item of an array, of which the filter cannot tell.
            var session = await FindAsync(sessionId, ToMetadataProjection(metadata.Keys), cancellationToken).ConfigureAwait(false);
            return session?.Contains(Fields.Metadata) == false
                ? throw new DamagedSessionException(sessionId, agentId: null, Fields.Metadata)
                : false;
        }
    }

    /// <inheritdoc/>
    protected override async Task<long> IncrementMetadataCoreAsync(string sessionId, string key, long amount, CancellationToken cancellationToken)
    {
        var path = MetadataPaths.ToPath(key);
        var filter = SessionDocument.ToFilter(sessionId).Add(Fields.SchemaVersion, SessionLayout.Version)
            .AddRange(MetadataPaths.ToViableFilter([path]))
            .AddRange(MetadataPaths.ToCounterFilter(path, amount));
        var update = new BsonDocument { { "$inc", new BsonDocument(path, amount) }, { "$set", new BsonDocument(Fields.UpdatedAt, Now()) } };
        var options = new FindOneAndUpdateOptions<BsonDocument, BsonDocument>
        {
            Projection = ToProjection(ToMetadataProjection([key])),
            ReturnDocument = ReturnDocument.After,
        };

        // Before, not along with it: the driver does not repeat the update of all messages that follows, and where that fails,
        // the caller must not take the amount for not added. Nor do additions share a command: not to be carried out twice, each goes alone.
        await KeepAsync(sessionId, SessionUpdate.AnyBranch, cancellationToken).ConfigureAwait(false);
        BsonDocument? session = null;
        for (var attempt = 0; session is null; attempt++)
        {
            try
            {
                session = await _sessions.FindOneAndUpdateAsync<BsonDocument>(filter, update, options, cancellationToken).ConfigureAwait(false);
                if (session is null && await TryUpgradeAsync(sessionId, cancellationToken).ConfigureAwait(false))
                {
                    session = await _sessions.FindOneAndUpdateAsync<BsonDocument>(filter, update, options, cancellationToken).ConfigureAwait(false);
                }
            }
            catch (MongoException e) when (HasCode(e, PathNotViable) || HasCode(e, TypeMismatch) || HasCode(e, BadValue))
            {
                // The metadata is no object, or the path leads through an array, of whose items the filter cannot tell everything.
            }

            if (session is null)
            {
                await ThrowIfNoCounterAsync(sessionId, key, amount, isLast: attempt == MaxIncrements, cancellationToken).ConfigureAwait(false);
            }
        }

        return MetadataFields.TryGet(SessionDocument.ToMetadata(session), key, out var value) ? Convert.ToInt64(value, CultureInfo.InvariantCulture) : 0;
    }

    /// <inheritdoc/>
    protected override async Task<IReadOnlyDictionary<string, object?>?> GetMetadataCoreAsync(
        string sessionId,
        IReadOnlyCollection<string>? keys,
        CancellationToken cancellationToken)
    {
        if (keys is null)
        {
            var session = await FindAsync(sessionId, new BsonDocument(Fields.Metadata, 1), cancellationToken).ConfigureAwait(false);
            return session is null ? null : SessionDocument.ToMetadata(session);
        }

        var found = await FindAsync(sessionId, ToMetadataProjection(keys), cancellationToken).ConfigureAwait(false);
        return found is null ? null : MetadataFields.Select(SessionDocument.ToMetadata(found), keys);
    }

    /// <inheritdoc/>
    protected override Task DeleteMetadataCoreAsync(string sessionId, IReadOnlyCollection<string> keys, CancellationToken cancellationToken)
    {
        var unset = new BsonDocument(MetadataPaths.Create(keys).Select(static path => new BsonElement(path, "")));
        var update = new BsonDocument { { "$unset", unset }, { "$set", new BsonDocument(Fields.UpdatedAt, Now()) } };
        return UpdateOrThrowAsync(new(sessionId, SessionDocument.ToFilter(sessionId), update), cancellationToken);
    }

    /// <summary>
    /// Finds out why nothing could be added, and fails with that.
    /// </summary>
    private async Task ThrowIfNoCounterAsync(string sessionId, string key, long amount, bool isLast, CancellationToken cancellationToken)
    {
        var session = await FindAsync(sessionId, ToMetadataProjection([key]), cancellationToken).ConfigureAwait(false);
        if (session is null)
        {
            throw new SessionNotFoundException(sessionId);
        }

        if (!session.Contains(Fields.Metadata))
        {
            throw new DamagedSessionException(sessionId, agentId: null, Fields.Metadata);
        }

        // It throws where the same would be refused in memory. Where not, another writer has changed the field, or created the session, in between.
        MetadataFields.Increment(SessionDocument.ToMetadata(session), key, amount);
        if (isLast)
        {
            throw MetadataFields.ToNoInteger(key);
        }
    }

    private static BsonDocument ToMetadataProjection(IEnumerable<string> keys) =>
        new BsonDocument(Fields.Id, 1).AddRange(MetadataPaths.CreateProjection(keys).Select(static path => new BsonElement(path, 1)));

    private async Task UpdateOrThrowAsync(SessionUpdate update, CancellationToken cancellationToken)
    {
        if (!await TryUpdateAsync(update, cancellationToken).ConfigureAwait(false))
        {
            throw new SessionNotFoundException(update.SessionId);
        }
    }
}
