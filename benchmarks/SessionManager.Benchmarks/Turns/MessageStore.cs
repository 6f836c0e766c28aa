using System.Text.Json;
using Microsoft.Extensions.AI;
using MongoDB.Driver;

namespace SessionManager.Benchmarks.Turns;

/// <summary>
/// What a team writes in an hour: a document for each message, whose key makes the load one range of one index.
/// </summary>
internal sealed class MessageStore(IMongoDatabase database)
{
    // Else the driver asks for more after 101 documents.
    private const int BatchSize = 10_000;

    private readonly IMongoCollection<StoredMessage> _messages = database.GetCollection<StoredMessage>("team_messages");
    private readonly IMongoCollection<StoredSession> _sessions = database.GetCollection<StoredSession>("team_message_sessions");

    public async Task<List<ChatMessage>> LoadAsync(string sessionId)
    {
        var options = new FindOptions<StoredMessage> { Sort = Builders<StoredMessage>.Sort.Ascending(message => message.Id), BatchSize = BatchSize };
        using var cursor = await _messages.FindAsync(message => message.Id.CompareTo($"{sessionId}/") > 0 && message.Id.CompareTo($"{sessionId}0") < 0, options);
        var messages = new List<ChatMessage>();
        while (await cursor.MoveNextAsync())
        {
            messages.AddRange(cursor.Current.Select(message => JsonSerializer.Deserialize<ChatMessage>(message.Json, AIJsonUtilities.DefaultOptions)!));
        }

        return messages;
    }

    public Task AppendAsync(string sessionId, int position, ChatMessage message) => _messages.InsertOneAsync(ToStored(sessionId, position, message));

    public Task MarkAsync(string sessionId) =>
        _sessions.UpdateOneAsync(session => session.Id == sessionId, Builders<StoredSession>.Update.Set(session => session.UpdatedAt, DateTime.UtcNow));

    public async Task StoreAsync(IReadOnlyList<string> sessionIds, IReadOnlyList<ChatMessage> history)
    {
        await _sessions.InsertManyAsync(sessionIds.Select(id => new StoredSession { Id = id, UpdatedAt = DateTime.UtcNow }));
        foreach (var sessionId in sessionIds)
        {
            await _messages.InsertManyAsync(history.Select((message, position) => ToStored(sessionId, position, message)));
        }
    }

    private static StoredMessage ToStored(string sessionId, int position, ChatMessage message) => new()
    {
        Id = $"{sessionId}/{position:D8}",
        Json = JsonSerializer.Serialize(message, AIJsonUtilities.DefaultOptions),
        CreatedAt = DateTime.UtcNow,
    };

    private sealed class StoredMessage
    {
        public required string Id { get; init; }

        public required string Json { get; init; }

        public DateTime CreatedAt { get; init; }
    }

    private sealed class StoredSession
    {
        public required string Id { get; init; }

        public DateTime UpdatedAt { get; init; }
    }
}
