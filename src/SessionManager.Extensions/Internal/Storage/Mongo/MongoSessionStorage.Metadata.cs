using MongoDB.Bson;
using MongoDB.Driver;
using SessionManager.Internal.Shared;
using SessionManager.Internal.Storage.Documents;
using SessionManager.Internal.Storage.Documents.Values;
using SessionManager.Internal.Storage.Mongo.Updating;

namespace SessionManager.Internal.Storage.Mongo;

internal sealed partial class MongoSessionStorage
{
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
        bool isUpdated;
        try
        {
            isUpdated = await TryUpdateAsync(new(sessionId, filter, new BsonDocument("$set", set)), cancellationToken).ConfigureAwait(false);
        }
        catch (MongoException e) when (HasCode(e, PathNotViable))
        {
            throw new DamagedSessionException(sessionId, agentId: null, Fields.Metadata);
        }

        if (!isUpdated)
        {
            throw await ExistsAsync(sessionId, cancellationToken).ConfigureAwait(false)
                ? new ArgumentException($"One of these keys leads into a field that has no nested fields: {LogText.Escape(string.Join(", ", metadata.Keys))}.", nameof(metadata))
                : new SessionNotFoundException(sessionId);
        }
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

        var paths = MetadataPaths.CreateProjection(keys);
        var projection = new BsonDocument(Fields.Id, 1).AddRange(paths.Select(static path => new BsonElement(path, 1)));
        var found = await FindAsync(sessionId, projection, cancellationToken).ConfigureAwait(false);
        return found is null ? null : MetadataFields.Select(SessionDocument.ToMetadata(found), keys);
    }

    /// <inheritdoc/>
    protected override Task DeleteMetadataCoreAsync(string sessionId, IReadOnlyCollection<string> keys, CancellationToken cancellationToken)
    {
        var unset = new BsonDocument(MetadataPaths.Create(keys).Select(static path => new BsonElement(path, "")));
        var update = new BsonDocument { { "$unset", unset }, { "$set", new BsonDocument(Fields.UpdatedAt, Now()) } };
        return UpdateOrThrowAsync(new(sessionId, SessionDocument.ToFilter(sessionId), update), cancellationToken);
    }

    private async Task UpdateOrThrowAsync(SessionUpdate update, CancellationToken cancellationToken)
    {
        if (!await TryUpdateAsync(update, cancellationToken).ConfigureAwait(false))
        {
            throw new SessionNotFoundException(update.SessionId);
        }
    }
}
