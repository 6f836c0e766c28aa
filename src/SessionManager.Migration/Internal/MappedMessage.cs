using MongoDB.Bson;

namespace SessionManager.Internal;

/// <summary>
/// A message as it is stored in the target.
/// </summary>
/// <param name="Id">Its <c>_id</c>.</param>
/// <param name="AppendId">Its <c>append_id</c>, which is made of the rest of it.</param>
/// <param name="Document">The document, both included.</param>
internal sealed record MappedMessage(string Id, ObjectId AppendId, RawBsonDocument Document)
{
    // Of an ObjectId.
    private const int AppendIdLength = 12;

    /// <summary>
    /// Makes the <c>append_id</c> that a document has if it is as a migration has stored it: whatever else writes to it does not
    /// change the one without the other, and what C# appends has one that is made of time and chance.
    /// </summary>
    public static ObjectId ToAppendId(RawBsonDocument document) => new(RawBson.HashWithout(document, Names.AppendId)[..AppendIdLength]);

    /// <summary>
    /// Creates a message of a document that has an empty <c>append_id</c>.
    /// </summary>
    public static MappedMessage Create(string id, BsonDocument document)
    {
        var bytes = document.ToBson();
        var appendId = RawBson.HashWithout(bytes, Names.AppendId, out var end)[..AppendIdLength];
        appendId.CopyTo(bytes, end - AppendIdLength);
        return new MappedMessage(id, new ObjectId(appendId), new RawBsonDocument(bytes));
    }
}
