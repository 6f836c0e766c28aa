using MongoDB.Bson;

namespace SessionManager.Internal.Storage.Documents;

/// <summary>
/// A document of either collection.
/// </summary>
internal readonly record struct SessionOrMessage(BsonDocument? Session, SessionMessage? Message);
