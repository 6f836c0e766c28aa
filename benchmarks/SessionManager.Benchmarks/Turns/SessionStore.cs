using System.Text.Json;
using Microsoft.Extensions.AI;
using MongoDB.Driver;

namespace SessionManager.Benchmarks.Turns;

/// <summary>
/// What a team writes in half an hour: the whole session as one JSON text in one document, replaced when it changes.
/// </summary>
internal sealed class SessionStore(IMongoDatabase database)
{
    private readonly IMongoCollection<StoredSession> _sessions = database.GetCollection<StoredSession>("team_sessions");

    public async Task<List<ChatMessage>> LoadAsync(string sessionId)
    {
        using var cursor = await _sessions.FindAsync(session => session.Id == sessionId);
        return JsonSerializer.Deserialize<List<ChatMessage>>((await cursor.SingleAsync()).Json, AIJsonUtilities.DefaultOptions)!;
    }

    public Task SaveAsync(string sessionId, List<ChatMessage> messages) =>
        _sessions.ReplaceOneAsync(session => session.Id == sessionId, ToStored(sessionId, messages), new ReplaceOptions { IsUpsert = true });

    private static StoredSession ToStored(string sessionId, List<ChatMessage> messages) => new()
    {
        Id = sessionId,
        Json = JsonSerializer.Serialize(messages, AIJsonUtilities.DefaultOptions),
        UpdatedAt = DateTime.UtcNow,
    };

    private sealed class StoredSession
    {
        public required string Id { get; init; }

        public required string Json { get; init; }

        public DateTime UpdatedAt { get; init; }
    }
}
