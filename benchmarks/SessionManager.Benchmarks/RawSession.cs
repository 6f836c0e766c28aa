using MongoDB.Bson;
using MongoDB.Driver;

namespace SessionManager.Benchmarks;

/// <summary>
/// The library's commands for one agent, as one would write them by hand with the driver: the same filters, the same
/// documents, nothing checked and nothing kept.
/// </summary>
internal sealed partial class RawSession(IMongoDatabase database, string sessionId, string agentId)
{
    private readonly IMongoCollection<BsonDocument> _sessions = database.GetCollection<BsonDocument>("sessions");
    private readonly IMongoCollection<BsonDocument> _messages = database.GetCollection<BsonDocument>("sessions_messages");

    public Task UpdateStateAsync(BsonDocument state)
    {
        var now = DateTime.UtcNow;
        return _sessions.UpdateOneAsync(
            new BsonDocument { { "_id", sessionId }, { $"agents.{agentId}.agent_data", new BsonDocument("$type", "object") } },
            new BsonDocument("$set", new BsonDocument
            {
                { "updated_at", now },
                { $"agents.{agentId}.updated_at", now },
                { $"agents.{agentId}.agent_data.state", state },
            }));
    }

    public Task UpdateMetadataAsync(string priority, string tier)
    {
        // A tier can only be set where there is no customer, or one with fields.
        var isViable = new BsonDocument("$in", new BsonArray { new BsonDocument("$type", "$metadata.customer"), new BsonArray { "missing", "object" } });
        return _sessions.UpdateOneAsync(
            new BsonDocument { { "_id", sessionId }, { "$expr", new BsonDocument("$and", new BsonArray { isViable }) } },
            new BsonDocument("$set", new BsonDocument
            {
                { "updated_at", DateTime.UtcNow },
                { "metadata.priority", priority },
                { "metadata.customer.tier", tier },
            }));
    }

    public async Task<BsonDocument> GetMetadataAsync() => (await FindAsync(new BsonDocument("metadata", 1)))["metadata"].AsBsonDocument;

    public Task DeleteMetadataAsync() => _sessions.UpdateOneAsync(
        new BsonDocument("_id", sessionId),
        new BsonDocument
        {
            { "$unset", new BsonDocument { { "metadata.priority", "" }, { "metadata.customer.tier", "" } } },
            { "$set", new BsonDocument("updated_at", DateTime.UtcNow) },
        });

    private async Task<BsonDocument> FindAsync(BsonDocument projection)
    {
        var options = new FindOptions<BsonDocument> { Projection = projection };
        using var cursor = await _sessions.FindAsync(new BsonDocument("_id", sessionId), options);
        return await cursor.SingleAsync();
    }
}
