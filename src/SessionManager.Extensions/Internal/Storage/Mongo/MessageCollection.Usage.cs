using MongoDB.Bson;
using MongoDB.Driver;
using SessionManager.Internal.Storage.Documents;

namespace SessionManager.Internal.Storage.Mongo;

internal sealed partial class MessageCollection
{
    /// <summary>
    /// Sums up the metrics of all messages of a session. Each message holds those of its own turn.
    /// </summary>
    public async Task<SessionUsage> GetUsageAsync(string sessionId, CancellationToken cancellationToken)
    {
        var match = MessageKeys.ToRange(sessionId).Add(Fields.EventLoopMetrics, new BsonDocument("$exists", true));
        PipelineDefinition<MessageDocument, BsonDocument> pipeline = new[]
        {
            new BsonDocument("$match", match),
            new BsonDocument("$group", UsageDocument.GroupByAgentAndModel),
        };
        using var cursor = await collection.AggregateAsync(pipeline, cancellationToken: cancellationToken).ConfigureAwait(false);
        return UsageDocument.Read(await cursor.ToListAsync(cancellationToken).ConfigureAwait(false));
    }
}
