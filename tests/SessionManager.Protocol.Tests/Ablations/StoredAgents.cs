using MongoDB.Bson;
using SessionManager.Internal.Storage.Documents;
using SessionManager.Protocol.Checking;

namespace SessionManager.Protocol.Ablations;

/// <summary>
/// What is stored, to be changed as a command would that lacks something.
/// </summary>
internal static class StoredAgents
{
    public static BsonDocument? FindAgent(this World world, string agentId) =>
        world.FindSession()?.Document?[Fields.Agents].AsBsonDocument.GetValue(agentId, null)?.AsBsonDocument;
}
