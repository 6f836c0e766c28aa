using System.Buffers.Binary;
using MongoDB.Bson;

namespace SessionManager.Internal;

/// <summary>
/// Feedback as it is stored in the target.
/// </summary>
/// <param name="Id">Its <c>_id</c>, which ends with what is made of the rest of it.</param>
/// <param name="Document">The document, its <c>_id</c> included.</param>
internal sealed record MappedFeedback(string Id, RawBsonDocument Document)
{
    private const int HashLength = 8;

    /// <summary>
    /// Creates feedback whose id is an object id: that of feedback which is mapped again is the same, and lists have the order of the source.
    /// </summary>
    /// <param name="sessionId">The id of the session.</param>
    /// <param name="entry">The entry.</param>
    /// <param name="createdAt">When it was added.</param>
    /// <param name="order">The number of feedbacks that were added at the same time, before it.</param>
    public static MappedFeedback Create(string sessionId, BsonDocument entry, BsonDateTime createdAt, int order)
    {
        var document = TargetLayout.ToFeedback(sessionId, entry, createdAt);
        Span<byte> id = stackalloc byte[sizeof(int) + HashLength];
        BinaryPrimitives.WriteInt32BigEndian(id, order);
        ToHash(RawBson.ToRaw(document)).CopyTo(id[sizeof(int)..]);
        var key = $"{document[Names.Id].AsString}{Convert.ToHexStringLower(id)}";
        document[Names.Id] = key;
        return new MappedFeedback(key, RawBson.ToRaw(document));
    }

    /// <summary>
    /// Tells whether a stored feedback is as a migration has stored it: one that C# adds has an id that is made of time and chance, or of its user.
    /// </summary>
    public static bool IsMigrated(RawBsonDocument stored) =>
        stored[Names.Id] is BsonString id && id.Value.EndsWith(Convert.ToHexStringLower(ToHash(stored)), StringComparison.Ordinal);

    private static ReadOnlySpan<byte> ToHash(RawBsonDocument document) => RawBson.HashWithout(document, Names.Id).AsSpan(0, HashLength);
}
