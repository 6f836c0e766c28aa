using MongoDB.Bson;
using MongoDB.Driver;

namespace SessionManager.Benchmarks;

/// <summary>
/// The library's commands for one agent, as one would write them by hand with the driver: the same filters, the same
/// documents, nothing checked and nothing kept.
/// </summary>
internal sealed class RawSession(IMongoDatabase database, string sessionId, string agentId)
{
    private readonly IMongoCollection<BsonDocument> _sessions = database.GetCollection<BsonDocument>("sessions");
    private readonly IMongoCollection<BsonDocument> _messages = database.GetCollection<BsonDocument>("sessions_messages");

    public Task AppendAsync(int messageId, string role, string text)
    {
        var now = DateTime.UtcNow;
        var message = new BsonDocument
        {
            { "_id", ObjectId.GenerateNewId() },
            { "session_id", sessionId },
            { "agent_id", agentId },
            { "message_id", messageId },
            { "message", RawMessage.ToDocument(role, text) },
            { "redact_message", BsonNull.Value },
            { "created_at", now },
            { "updated_at", now },
        };
        return _messages.InsertOneAsync(message);
    }

    public Task UpdateStateAsync(BsonDocument state)
    {
        var now = DateTime.UtcNow;
        return _sessions.UpdateOneAsync(
            new BsonDocument { { "_id", sessionId }, { $"agents.{agentId}.agent_data", new BsonDocument("$exists", true) } },
            new BsonDocument("$set", new BsonDocument
            {
                { "updated_at", now },
                { $"agents.{agentId}.updated_at", now },
                { $"agents.{agentId}.agent_data.state", state },
            }));
    }

    public Task SetMetricsAsync(int messageId, BsonDocument metrics) => _messages.UpdateOneAsync(
        new BsonDocument { { "session_id", sessionId }, { "agent_id", agentId }, { "message_id", messageId } },
        new BsonDocument("$set", new BsonDocument { { "event_loop_metrics", metrics }, { "updated_at", DateTime.UtcNow } }));

    /// <summary>
    /// Gives the metrics of one model call to every message of the assistant, as syncs would have done.
    /// </summary>
    public Task SetMetricsAsync() => _messages.UpdateManyAsync(
        ToFilter().Add("message.role", "assistant"),
        new BsonDocument("$set", new BsonDocument("event_loop_metrics", RawMessage.ToMetrics(calls: 1))));

    public async Task<int> CountAsync()
    {
        var options = new FindOptions<BsonDocument>
        {
            Projection = new BsonDocument { { "_id", 1 }, { "message_id", 1 } },
            Sort = new BsonDocument("message_id", -1),
            Limit = 1,
        };
        using var cursor = await _messages.FindAsync(ToFilter(), options);
        var last = await cursor.SingleOrDefaultAsync();
        return last is null ? 0 : last["message_id"].AsInt32 + 1;
    }

    public async Task<List<BsonDocument>> ListLastAsync(int count)
    {
        var options = new FindOptions<BsonDocument> { Sort = new BsonDocument("message_id", -1), Limit = count, BatchSize = count };
        using var cursor = await _messages.FindAsync(ToFilter(), options);
        return await cursor.ToListAsync();
    }

    public async Task<(BsonDocument Agent, List<BsonDocument> Messages)> LoadAsync()
    {
        var session = await FindSessionAsync();
        var options = new FindOptions<BsonDocument> { Sort = new BsonDocument("message_id", 1), BatchSize = int.MaxValue };
        using var cursor = await _messages.FindAsync(ToFilter(), options);
        return (session["agents"][agentId]["agent_data"].AsBsonDocument, await cursor.ToListAsync());
    }

    private async Task<BsonDocument> FindSessionAsync()
    {
        var options = new FindOptions<BsonDocument> { Projection = new BsonDocument($"agents.{agentId}.agent_data", 1) };
        using var cursor = await _sessions.FindAsync(new BsonDocument("_id", sessionId), options);
        return await cursor.SingleAsync();
    }

    private BsonDocument ToFilter() => new() { { "session_id", sessionId }, { "agent_id", agentId } };
}
