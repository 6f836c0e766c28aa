using MongoDB.Bson;
using SessionManager.Internal.Storage.Documents;

namespace SessionManager.Internal.Storage.InMemory;

internal sealed partial class InMemorySessionStorage
{
    /// <inheritdoc/>
    protected override async Task UpdateMetadataCoreAsync(string sessionId, IReadOnlyDictionary<string, object?> metadata, CancellationToken cancellationToken)
    {
        var paths = MetadataPaths.Create(metadata.Keys, nameof(metadata));
        var values = Copy(new BsonDocument(metadata.Zip(
            paths, static (field, path) => new BsonElement(path, MetadataValues.ToBson(field.Value, $"{nameof(metadata)}['{field.Key}']")))));
        using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
        var session = Get(sessionId);

        // All or nothing: a path that leads nowhere must not leave the fields before it changed.
        var changed = new BsonDocument(Fields.Metadata, session.Document![Fields.Metadata].DeepClone());
        foreach (var field in values)
        {
            DocumentPaths.Set(changed, field.Name, field.Value, nameof(metadata));
        }

        session.Document[Fields.Metadata] = changed[Fields.Metadata];
        Touch(session);
    }

    /// <inheritdoc/>
    protected override async Task<IReadOnlyDictionary<string, object?>?> GetMetadataCoreAsync(
        string sessionId,
        IReadOnlyCollection<string>? keys,
        CancellationToken cancellationToken)
    {
        foreach (var key in keys ?? [])
        {
            MetadataPaths.ThrowIfInvalid(key, nameof(keys));
        }

        using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
        if (Find(sessionId)?.Document is not { } document)
        {
            return null;
        }

        var metadata = Copy(document[Fields.Metadata].AsBsonDocument);
        return keys is null ? MetadataValues.FromBson(metadata) : MetadataPaths.Read(metadata, keys);
    }

    /// <inheritdoc/>
    protected override async Task DeleteMetadataCoreAsync(string sessionId, IReadOnlyCollection<string> keys, CancellationToken cancellationToken)
    {
        var paths = MetadataPaths.Create(keys, nameof(keys));
        using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
        var session = Get(sessionId);
        foreach (var path in paths)
        {
            DocumentPaths.Remove(session.Document!, path);
        }

        Touch(session);
    }
}
