using System.Collections.Concurrent;
using MongoDB.Bson;
using MongoDB.Driver;

namespace SessionManager.Benchmarks;

/// <summary>
/// Fills a database with copies of one session that the library has stored.
/// </summary>
internal static class SessionLoader
{
    private const int Writers = 4;
    private const int BatchSize = 100;

    /// <summary>
    /// Adds sessions, one in ten with a high priority, and returns their ids.
    /// </summary>
    public static async Task<string[]> AddSessionsAsync(this BenchmarkDatabase database, int count, int messageCount)
    {
        var (first, _) = await database.AddSessionAsync(messageCount);
        var sessionIds = Enumerable.Range(0, count).Select(_ => BenchmarkDatabase.NewSessionId()).ToArray();
        await CopyAsync(database.Raw, "sessions", first.SessionId, sessionIds);
        await first.DeleteSessionAsync();
        return sessionIds;
    }

    /// <summary>
    /// Adds copies of a session with all its messages.
    /// </summary>
    public static async Task CopyAsync(IMongoDatabase database, string collection, string sessionId, IReadOnlyList<string> copyIds)
    {
        var sessions = database.GetCollection<BsonDocument>(collection);
        var messages = database.GetCollection<BsonDocument>($"{collection}_messages");
        var session = await sessions.Find(new BsonDocument("_id", sessionId)).SingleAsync();
        var ofSession = await messages.Find(new BsonDocument("session_id", sessionId)).ToListAsync();
        var batches = new ConcurrentStack<string[]>(copyIds.Chunk(BatchSize));
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(async _ =>
        {
            while (batches.TryPop(out var batch))
            {
                await sessions.InsertManyAsync(batch.Select((id, i) => CopySession(session, id, i % 10 == 0 ? "high" : "normal")));
                await messages.InsertManyAsync(batch.SelectMany(id => ofSession.Select(message => CopyMessage(message, id))));
            }
        }));
    }

    private static BsonDocument CopySession(BsonDocument session, string id, string priority)
    {
        var now = DateTime.UtcNow;
        return new BsonDocument(session) { ["_id"] = id, ["session_id"] = id, ["created_at"] = now, ["updated_at"] = now, ["metadata"] = new BsonDocument("priority", priority) };
    }

    private static BsonDocument CopyMessage(BsonDocument message, string id) =>
        new(message) { ["_id"] = id + message["_id"].AsString[message["session_id"].AsString.Length..], ["session_id"] = id };
}
