using SessionManager.Internal.Storage.Documents;

namespace SessionManager.Internal.Storage.Mongo;

/// <summary>
/// What a repository needs of the options.
/// </summary>
internal sealed record RepositorySettings
{
    public required ChatMessageCodec Codec { get; init; }

    public required IReadOnlyList<string> MetadataFields { get; init; }

    public required bool CreateIndexes { get; init; }

    public required TimeSpan? SessionTtl { get; init; }

    public required bool EraseRedactedMessages { get; init; }
}
