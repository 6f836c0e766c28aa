using MongoDB.Bson;

namespace SessionManager.Migration.Tests;

/// <summary>
/// A session as its readers see it, whichever of the two libraries has stored it: to compare both sides without what migrates.
/// </summary>
internal sealed record ReadSession(
    string Id, BsonValue ApplicationName, BsonValue SessionType, SortedDictionary<string, ReadAgent> Agents, SortedDictionary<string, BsonValue> Metadata, List<BsonDocument> Feedbacks);

internal sealed record ReadAgent(BsonDocument? Data, List<ReadMessage> Messages);

internal sealed record ReadMessage(BsonValue PythonId, BsonValue Message, BsonValue Redact, DateTime? CreatedAt, BsonValue GuardrailEvent);
