namespace SessionManager.Internal.Storage.InMemory;

internal sealed partial class InMemorySessionStorage
{
    /// <inheritdoc/>
    protected override async Task UpdateMetadataCoreAsync(string sessionId, IReadOnlyDictionary<string, object?> metadata, CancellationToken cancellationToken)
    {
        var values = metadata.Select(static field => KeyValuePair.Create(field.Key, MetadataValue.Normalize(field.Value, $"{nameof(metadata)}['{field.Key}']"))).ToArray();
        using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
        var session = Get(sessionId);

        // All or nothing: a path that leads nowhere must not leave the fields before it changed.
        var changed = MetadataValue.Normalize(session.Metadata, nameof(metadata));
        foreach (var (key, value) in values)
        {
            MetadataFields.Set(changed, key, value);
        }

        session.Metadata = changed;
        Touch(session);
    }

    /// <inheritdoc/>
    protected override async Task<IReadOnlyDictionary<string, object?>?> GetMetadataCoreAsync(
        string sessionId,
        IReadOnlyCollection<string>? keys,
        CancellationToken cancellationToken)
    {
        using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
        if (Find(sessionId) is not { Document: not null } session)
        {
            return null;
        }

        var metadata = MetadataValue.Normalize(session.Metadata, nameof(session.Metadata));
        return keys is null ? metadata : MetadataFields.Select(metadata, keys);
    }

    /// <inheritdoc/>
    protected override async Task DeleteMetadataCoreAsync(string sessionId, IReadOnlyCollection<string> keys, CancellationToken cancellationToken)
    {
        using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
        var session = Get(sessionId);
        foreach (var key in keys)
        {
            MetadataFields.Remove(session.Metadata, key);
        }

        Touch(session);
    }
}
