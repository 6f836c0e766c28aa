using SessionManager.Internal.Storage.Documents;

namespace SessionManager.Internal.Storage.Mongo;

/// <summary>
/// What a storage needs of the options.
/// </summary>
internal sealed record StorageOptions
{
    public required ChatMessageCodec Codec { get; init; }

    public required IReadOnlyList<string> MetadataFields { get; init; }

    public required bool CreateIndexes { get; init; }

    public required TimeSpan? SessionTtl { get; init; }

    public required bool EraseRedactedMessages { get; init; }
}
