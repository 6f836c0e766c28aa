using MongoDB.Bson;
using MongoDB.Bson.IO;
using MongoDB.Bson.Serialization;
using MongoDB.Bson.Serialization.Serializers;

namespace SessionManager.Internal.Storage.Documents;

/// <summary>
/// Reads documents of both collections: a message begins with its <c>_id</c>, a session is projected to have none.
/// </summary>
internal sealed class SessionOrMessageSerializer(SessionMessageSerializer messages) : SerializerBase<SessionOrMessage>
{
    /// <inheritdoc/>
    public override SessionOrMessage Deserialize(BsonDeserializationContext context, BsonDeserializationArgs args)
    {
        var reader = context.Reader;
        var start = reader.GetBookmark();
        reader.ReadStartDocument();
        var isSession = reader.ReadBsonType() == BsonType.EndOfDocument || reader.ReadName(Utf8NameDecoder.Instance) != Fields.Id;
        reader.ReturnToBookmark(start);
        return isSession
            ? new SessionOrMessage(StoredSessionSerializer.Instance.Deserialize(context), Message: null)
            : new SessionOrMessage(Session: null, messages.Deserialize(context));
    }
}
