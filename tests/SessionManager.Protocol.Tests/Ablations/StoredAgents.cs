using MongoDB.Bson;
using SessionManager.Internal.Storage.Documents;
using SessionManager.Internal.Storage.InMemory;
using SessionManager.Protocol.Checking;

namespace SessionManager.Protocol.Ablations;

/// <summary>
/// What is stored, to be changed as a command would that lacks something.
/// </summary>
internal static class StoredAgents
{
    public static InMemorySession? FindSession(this World world) => world.Storage.Sessions.TryGetValue(Writer.SessionId, out var session) ? session : null;

    public static BsonDocument? FindAgent(this World world, string agentId) =>
        world.FindSession()?.Document?[Fields.Agents].AsBsonDocument.GetValue(agentId, null)?.AsBsonDocument;
}
