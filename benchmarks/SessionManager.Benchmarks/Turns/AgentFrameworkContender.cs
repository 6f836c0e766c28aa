using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;
using MongoDB.Driver;

namespace SessionManager.Benchmarks.Turns;

/// <summary>
/// An agent of Agent Framework with <see cref="SessionChatHistoryProvider"/>.
/// </summary>
internal sealed class AgentFrameworkContender(IMongoDatabase database, ISessionManagerFactory factory, string collection, IChatClient model)
    : SessionManagerContender(database, factory, collection)
{
    private readonly AIAgent _agent = new ChatClientAgent(
        model,
        new ChatClientAgentOptions { Name = BenchmarkDatabase.AgentId, ChatHistoryProvider = new SessionChatHistoryProvider(factory) })
        .WithSessionManager();

    public override string Name => "Agent Framework";

    public override async Task RunAsync(string sessionId, string question)
    {
        var session = await _agent.OpenSessionAsync(sessionId);
        await _agent.RunAsync(question, session);
    }
}
