using MongoDB.Driver;

namespace SessionManager.Benchmarks.Turns;

/// <summary>
/// What both of this library's roads have in common: how their sessions are stored.
/// </summary>
internal abstract class SessionManagerContender(IMongoDatabase database, ISessionManagerFactory factory, string collection) : ITurnContender
{
    private readonly Dictionary<int, string> _templates = [];

    public abstract string Name { get; }

    public async Task StoreAsync(IReadOnlyList<string> sessionIds, int messageCount)
    {
        if (!_templates.TryGetValue(messageCount, out var template))
        {
            _templates[messageCount] = template = await CreateTemplateAsync(messageCount);
        }

        await SessionLoader.CopyAsync(database, collection, template, sessionIds);
    }

    public abstract Task RunAsync(string sessionId, string question);

    public Task<double> GetMessageSizeAsync() => StoredSize.GetAsync(database, $"{collection}_messages");

    // Its last turn is one of the contender's own, so that the agent is stored as turns leave it.
    private async Task<string> CreateTemplateAsync(int messageCount)
    {
        var agent = new SessionAgent(BenchmarkDatabase.AgentId);
        foreach (var message in TurnText.CreateHistory(messageCount - 2))
        {
            agent.Messages.Add(message);
        }

        await using var session = factory.Create(BenchmarkDatabase.NewSessionId());
        await session.InitializeAsync(agent);
        await RunAsync(session.SessionId, TurnText.Create("history", messageCount));
        return session.SessionId;
    }
}
