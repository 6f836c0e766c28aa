using Microsoft.Extensions.AI;
using MongoDB.Driver;

namespace SessionManager.Benchmarks.Turns;

/// <summary>
/// The document-per-message store, called by hand.
/// </summary>
internal sealed class MessageStoreContender(IMongoDatabase database, IChatClient model) : ITurnContender
{
    private readonly MessageStore _store = new(database);

    public string Name => "a document a message";

    public Task StoreAsync(IReadOnlyList<string> sessionIds, int messageCount) => _store.StoreAsync(sessionIds, TurnText.CreateHistory(messageCount));

    public async Task RunAsync(string sessionId, string question)
    {
        var messages = await _store.LoadAsync(sessionId);
        var request = new ChatMessage(ChatRole.User, question);
        await _store.AppendAsync(sessionId, messages.Count, request);
        messages.Add(request);
        var response = await model.GetResponseAsync(messages);
        await _store.AppendAsync(sessionId, messages.Count, response.Messages[0]);
        await _store.MarkAsync(sessionId);
    }

    public Task<double> GetMessageSizeAsync() => StoredSize.GetAsync(database, "team_messages");
}
