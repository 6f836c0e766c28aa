using Microsoft.Extensions.AI;
using MongoDB.Driver;

namespace SessionManager.Benchmarks.Turns;

/// <summary>
/// A chat client with <c>UseSessionManager</c>.
/// </summary>
internal sealed class PipelineContender(string name, IMongoDatabase database, ISessionManagerFactory factory, string collection, IChatClient client)
    : SessionManagerContender(database, factory, collection)
{
    public override string Name => name;

    public override Task RunAsync(string sessionId, string question) =>
        client.GetResponseAsync(question, new ChatOptions { ConversationId = sessionId });
}
