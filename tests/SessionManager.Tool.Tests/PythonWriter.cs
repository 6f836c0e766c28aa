using MongoDB.Bson;
using MongoDB.Driver;

namespace SessionManager.Tool.Tests;

/// <summary>
/// Writes to sessions of the embedded layout as a process of the Python library does: each command as it is there, ids counted in memory,
/// metrics as snapshots on whichever message is last.
/// </summary>
internal sealed class PythonWriter(IMongoCollection<BsonDocument> sessions, string[] sessionIds, string agentId, int seed)
{
    private readonly Random _random = new(seed);
    private readonly Dictionary<string, int> _next = new(StringComparer.Ordinal);
    private int _tokens;

    public int Writes { get; private set; }

    /// <summary>
    /// Writes until it is told to stop, and ends with a whole write.
    /// </summary>
    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await WriteAsync(sessionIds[_random.Next(sessionIds.Length)]);
            Writes++;
            await Task.Delay(_random.Next(0, 8), CancellationToken.None);
        }
    }

    private async Task WriteAsync(string sessionId)
    {
        if (!_next.TryGetValue(sessionId, out var id))
        {
            await CreateAsync(sessionId);
            id = await CountAsync(sessionId);
        }

        switch (_random.Next(8))
        {
            case 0:
                // update_metadata moves no date.
                await UpdateAsync(sessionId, new BsonDocument("$set", new BsonDocument($"metadata.m{_random.Next(3)}", _random.Next())));
                break;
            case 1:
                await UpdateAsync(sessionId, new BsonDocument
                {
                    { "$push", new BsonDocument("feedbacks", new BsonDocument { { "rating", "up" }, { "comment", BsonNull.Value }, { "created_at", DateTime.UtcNow } }) },
                    { "$set", new BsonDocument("updated_at", DateTime.UtcNow) },
                });
                break;
            case 2 when id > 0:
                await RedactAsync(sessionId, _random.Next(id));
                break;
            default:
                await AppendAsync(sessionId, id);
                id++;
                break;
        }

        _next[sessionId] = id;
    }

    // read_session, create_session, create_agent; two processes may both be at it.
    private async Task CreateAsync(string sessionId)
    {
        var now = DateTime.UtcNow;
        try
        {
            await sessions.InsertOneAsync(new BsonDocument
            {
                { "_id", sessionId }, { "session_id", sessionId }, { "application_name", "shop" }, { "session_type", "AGENT" },
                { "session_viewer_password", "password-of-a-viewer" }, { "created_at", now }, { "updated_at", now },
                { "agents", new BsonDocument() }, { "metadata", new BsonDocument() }, { "feedbacks", new BsonArray() }, { "guardrail_events", new BsonArray() },
            });
        }
        catch (MongoWriteException exception) when (exception.WriteError.Category == ServerErrorCategory.DuplicateKey)
        {
        }

        await sessions.UpdateOneAsync(
            new BsonDocument { { "_id", sessionId }, { $"agents.{agentId}.agent_data", new BsonDocument("$exists", false) } },
            new BsonDocument("$set", new BsonDocument
            {
                {
                    $"agents.{agentId}", new BsonDocument
                    {
                        { "agent_data", new BsonDocument { { "agent_id", agentId }, { "state", new BsonDocument() }, { "conversation_manager_state", new BsonDocument() } } },
                        { "messages", new BsonArray() },
                        { "created_at", now },
                        { "updated_at", now },
                    }
                },
                { "updated_at", now },
            }));
    }

    private async Task<int> CountAsync(string sessionId) => (await ReadMessagesAsync(sessionId)).Count;

    private async Task<BsonArray> ReadMessagesAsync(string sessionId)
    {
        var session = await sessions.Find(new BsonDocument("_id", sessionId)).SingleAsync();
        return agentId.Split('.').Aggregate(session["agents"], static (node, name) => node[name])["messages"].AsBsonArray;
    }

    // create_message, then what sync_agent does.
    private async Task AppendAsync(string sessionId, int id)
    {
        var now = DateTime.UtcNow;
        var message = new BsonDocument
        {
            { "message", new BsonDocument { { "role", id % 2 == 0 ? "user" : "assistant" }, { "content", new BsonArray { new BsonDocument("text", $"{seed}: {id} {new string('x', _random.Next(400))}") } } } },
            { "message_id", id },
            { "redact_message", BsonNull.Value },
            { "created_at", now },
            { "updated_at", now },
        };
        await UpdateAsync(sessionId, new BsonDocument
        {
            { "$push", new BsonDocument($"agents.{agentId}.messages", message) },
            { "$set", new BsonDocument { { $"agents.{agentId}.updated_at", now }, { "updated_at", now } } },
        });
        _tokens += id % 2 == 0 ? 0 : 10;
        var metrics = $"agents.{agentId}.messages.$.event_loop_metrics";
        await sessions.UpdateOneAsync(
            new BsonDocument { { "_id", sessionId }, { $"agents.{agentId}.messages.message_id", id } },
            new BsonDocument("$set", new BsonDocument
            {
                { $"{metrics}.accumulated_usage", new BsonDocument { { "inputTokens", _tokens }, { "outputTokens", 0 }, { "totalTokens", _tokens } } },
                { $"{metrics}.accumulated_metrics", new BsonDocument("latencyMs", _tokens) },
                { $"agents.{agentId}.agent_data.state", new BsonDocument("turn", id) },
                { $"agents.{agentId}.agent_data.updated_at", DateTime.UtcNow },
            }));
    }

    // update_message replaces the element at the index that it has read.
    private async Task RedactAsync(string sessionId, int id)
    {
        var messages = await ReadMessagesAsync(sessionId);
        var index = messages.Select(static message => message["message_id"].AsInt32).ToList().IndexOf(id);
        if (index < 0)
        {
            return;
        }

        var redacted = new BsonDocument(messages[index].AsBsonDocument.Where(static field => field.Name is "message" or "message_id" or "created_at"))
        {
            { "redact_message", BsonDocument.Parse("{ role: 'user', content: [{ text: '[hidden]' }] }") },
            { "updated_at", DateTime.UtcNow },
        };
        await UpdateAsync(sessionId, new BsonDocument("$set", new BsonDocument($"agents.{agentId}.messages.{index}", redacted)));
        await UpdateAsync(sessionId, new BsonDocument("$push", new BsonDocument("guardrail_events", new BsonDocument
        {
            { "message_id", id }, { "agent_id", agentId }, { "action", "BLOCKED" }, { "timestamp", DateTime.UtcNow },
        })));
    }

    private Task<UpdateResult> UpdateAsync(string sessionId, BsonDocument update) => sessions.UpdateOneAsync(new BsonDocument("_id", sessionId), update);
}
