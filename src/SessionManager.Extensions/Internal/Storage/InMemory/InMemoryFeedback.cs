using MongoDB.Bson;

namespace SessionManager.Internal.Storage.InMemory;

/// <summary>
/// One feedback, its content in the stored form.
/// </summary>
/// <param name="Order">Its place in the order of addition, of all sessions of the storage.</param>
/// <param name="Document">The document, of the same shape as in the database.</param>
internal sealed record InMemoryFeedback(long Order, BsonDocument Document);
