namespace SessionManager.Internal.Storage.InMemory;

internal sealed partial class InMemorySessionStorage
{
    /// <inheritdoc/>
    protected override async Task UpdateMetadataCoreAsync(string sessionId, IReadOnlyDictionary<string, object?> metadata, CancellationToken cancellationToken)
    {
        var values = Normalize(metadata);
        using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
        var session = Get(sessionId);

        // All or nothing: a path that leads nowhere must not leave the fields before it changed.
        var changed = MetadataValue.Normalize(session.Metadata, nameof(metadata));
        SetAll(changed, values);
        session.Metadata = changed;
        Touch(session);
    }

    /// <inheritdoc/>
    protected override async Task<long> IncrementMetadataCoreAsync(string sessionId, string key, long amount, CancellationToken cancellationToken)
    {
        using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
        var session = Get(sessionId);
        var value = MetadataFields.Increment(session.Metadata, key, amount);
        Touch(session);
        return value;
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

    private static KeyValuePair<string, object?>[] Normalize(IReadOnlyDictionary<string, object?> metadata) =>
        [.. metadata.Select(static field => KeyValuePair.Create(field.Key, MetadataValue.Normalize(field.Value, $"{nameof(metadata)}['{field.Key}']")))];

    private static void SetAll(Dictionary<string, object?> metadata, KeyValuePair<string, object?>[] fields)
    {
        foreach (var (key, value) in fields)
        {
            MetadataFields.Set(metadata, key, value);
        }
    }
}
