using MongoDB.Bson;

namespace SessionManager.Internal;

/// <summary>
/// An entry of an agent's <c>messages</c>, at its place in the order that Python shows.
/// </summary>
/// <param name="Stored">The entry.</param>
/// <param name="Index">Where it stands in the array.</param>
/// <param name="CreatedAt">When it was created; where the entry does not say, as the one before it.</param>
internal readonly record struct PythonMessage(RawBsonDocument Stored, int Index, BsonDateTime CreatedAt)
{
    public RawBsonDocument? Message => RawBson.Find<RawBsonDocument>(Stored, Names.Message);

    public bool IsAssistant => RawBson.Find(Message, Names.Role) is BsonString { Value: Names.Assistant };

    public BsonValue? PythonId => RawBson.Find(Stored, Names.MessageId);
}
