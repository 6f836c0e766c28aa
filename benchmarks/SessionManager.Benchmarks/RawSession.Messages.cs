using MongoDB.Bson;
using MongoDB.Driver;

namespace SessionManager.Benchmarks;

internal sealed partial class RawSession
{
    // As many as the library takes at first.
    private const int LatestCount = 256;

    public Task AppendAsync(int messageId, string role, string text) => _messages.InsertOneAsync(CreateMessage(messageId, role, text));

    public Task AppendAsync(int messageId, int count, string role, string text) =>
        _messages.InsertManyAsync(Enumerable.Range(messageId, count).Select(id => CreateMessage(id, role, text)));

    public Task SetMetricsAsync(int messageId, BsonDocument metrics) => _messages.UpdateOneAsync(
        new BsonDocument { { "_id", ToId(messageId) }, { "session_id", sessionId } },
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
            Projection = new BsonDocument("message_id", 1),
            Sort = new BsonDocument("_id", -1),
            Limit = 1,
        };
        using var cursor = await _messages.FindAsync(ToFilter(), options);
        var last = await cursor.SingleOrDefaultAsync();
        return last is null ? 0 : last["message_id"].AsInt32 + 1;
    }

    public async Task<List<BsonDocument>> ListLastAsync(int count)
    {
        var options = new FindOptions<BsonDocument> { Sort = new BsonDocument("_id", -1), Limit = count, BatchSize = count };
        using var cursor = await _messages.FindAsync(ToFilter(), options);
        return await cursor.ToListAsync();
    }

    public Task<List<BsonDocument>> ListAsync() => FindMessagesAsync(ToFilter());

    public async Task<(BsonDocument? Agent, List<BsonDocument> Messages)> LoadAsync()
    {
        var (agent, messages) = await LoadLatestAsync();
        messages.Reverse();
        if (messages is [var first, ..] && first["message_id"].AsInt32 is var reached and > 0)
        {
            messages.InsertRange(0, await FindMessagesAsync(ToFilter(ToId(reached))));
        }

        return (agent, messages);
    }

    private async Task<(BsonDocument? Agent, List<BsonDocument> Messages)> LoadLatestAsync()
    {
        var agentPath = $"agents.{agentId}";
        var projection = new BsonDocument
        {
            { $"{agentPath}.agent_data", 1 },
            { $"{agentPath}.captured_config", 1 },
            { "expires_at", 1 },
            { "messages_expire_at", 1 },
            { "schema_version", 1 },
        };
        var list = ListLastAsync(LatestCount);
        var find = _sessions.Find(new BsonDocument("_id", sessionId)).Project<BsonDocument>(projection).SingleOrDefaultAsync();
        await Task.WhenAll(list, find);
        return ((await find)?["agents"][agentId]["agent_data"].AsBsonDocument, await list);
    }

    private async Task<List<BsonDocument>> FindMessagesAsync(BsonDocument filter)
    {
        var options = new FindOptions<BsonDocument> { Sort = new BsonDocument("_id", 1), BatchSize = int.MaxValue };
        using var cursor = await _messages.FindAsync(filter, options);
        return await cursor.ToListAsync();
    }

    private BsonDocument CreateMessage(int messageId, string role, string text)
    {
        var now = DateTime.UtcNow;
        return new BsonDocument
        {
            { "_id", ToId(messageId) },
            { "session_id", sessionId },
            { "agent_id", agentId },
            { "message_id", messageId },
            { "append_id", ObjectId.GenerateNewId() },
            { "message", RawMessage.ToDocument(role, text) },
            { "redact_message", BsonNull.Value },
            { "created_at", now },
            { "updated_at", now },
        };
    }

    // '0' follows '/'.
    private BsonDocument ToFilter() => ToFilter($"{sessionId}/{agentId}0");

    private BsonDocument ToFilter(string end) =>
        new() { { "_id", new BsonDocument { { "$gte", ToId(0) }, { "$lt", end } } }, { "session_id", sessionId } };

    private string ToId(int messageId) => $"{sessionId}/{agentId}/{messageId:D10}";
}
