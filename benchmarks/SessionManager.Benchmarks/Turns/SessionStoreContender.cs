using Microsoft.Extensions.AI;
using MongoDB.Driver;

namespace SessionManager.Benchmarks.Turns;

/// <summary>
/// The whole-session store, called by hand. Its replacements carry the time of the last use, so that nothing is to do at the end.
/// </summary>
internal sealed class SessionStoreContender(IMongoDatabase database, IChatClient model) : ITurnContender
{
    private readonly SessionStore _store = new(database);
    private int _messageCount;

    public string Name => "a document a session";

    public async Task StoreAsync(IReadOnlyList<string> sessionIds, int messageCount)
    {
        _messageCount = messageCount;
        foreach (var sessionId in sessionIds)
        {
            await _store.SaveAsync(sessionId, TurnText.CreateHistory(messageCount));
        }
    }

    public async Task RunAsync(string sessionId, string question)
    {
        var messages = await _store.LoadAsync(sessionId);
        messages.Add(new ChatMessage(ChatRole.User, question));
        await _store.SaveAsync(sessionId, messages);
        var response = await model.GetResponseAsync(messages);
        messages.AddRange(response.Messages);
        await _store.SaveAsync(sessionId, messages);
    }

    // A session that has had a turn; the table looks at those that have had one each.
    public async Task<double> GetMessageSizeAsync() => await StoredSize.GetAsync(database, "team_sessions") / (_messageCount + 2);
}
