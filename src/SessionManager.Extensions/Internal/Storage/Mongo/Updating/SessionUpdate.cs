using MongoDB.Bson;

namespace SessionManager.Internal.Storage.Mongo.Updating;

/// <summary>
/// An update of one session's document.
/// </summary>
/// <param name="SessionId">The session.</param>
/// <param name="Filter">What it must match to be updated.</param>
/// <param name="Update">The update.</param>
internal sealed record SessionUpdate(string SessionId, BsonDocument Filter, BsonDocument Update)
{
    /// <summary>
    /// The branch of an update that concerns none: whatever session has the id is meant.
    /// </summary>
    public const int AnyBranch = int.MaxValue;

    private int? _bytes;

    /// <summary>
    /// Gets the branch whose session is meant, and no later one of the same id.
    /// </summary>
    public int Branch { get; init; } = AnyBranch;

    /// <summary>
    /// Gets the size of the update. The first time takes as long as to encode it.
    /// </summary>
    public int Bytes => _bytes ??= Update.ToBson().Length;

    /// <summary>
    /// Gets what the session matches once the update is carried out, where it must not be carried out twice.
    /// </summary>
    /// <value>Null for an update that leaves the same, however often it is carried out.</value>
    public BsonDocument? Done { get; init; }

    /// <summary>
    /// Gets a value indicating whether the session does not match the filter any more once the update is carried out.
    /// </summary>
    /// <value>True for an update that one of several callers is to carry out: whose it was could not be told later, so it goes alone.</value>
    public bool IsConditional { get; init; }
}
