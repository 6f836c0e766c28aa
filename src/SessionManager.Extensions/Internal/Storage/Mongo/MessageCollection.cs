using Microsoft.Extensions.Logging;
using MongoDB.Bson;
using MongoDB.Driver;
using SessionManager.Internal.Storage.Documents;

namespace SessionManager.Internal.Storage.Mongo;

/// <summary>
/// The messages of all sessions, one document each: the only place that knows how messages are laid out.
/// </summary>
internal sealed partial class MessageCollection(
    IMongoCollection<MessageDocument> collection,
    ReadConcern listingConcern,
    MongoSessionManagerOptions settings,
    ChatMessageCodec codec,
    SessionLifetime? lifetime,
    SessionIndexes? indexes,
    TimeProvider timeProvider,
    ILogger logger)
{
    private static readonly ProjectionDefinition<MessageDocument, BsonDocument> PositionOnly = new BsonDocument(Fields.Position, 1);
    private static readonly ProjectionDefinition<MessageDocument, BsonDocument> AppendIdOnly = new BsonDocument(Fields.AppendId, 1);

    private static readonly SortDefinition<MessageDocument> OldestFirst = new BsonDocument(Fields.Id, 1);
    private static readonly SortDefinition<MessageDocument> NewestFirst = new BsonDocument(Fields.Id, -1);

    private readonly IMongoCollection<MessageDocument> _listed = collection.WithReadConcern(listingConcern);
    private readonly ProjectionDefinition<MessageDocument, SessionMessage> _sessionMessages =
        Builders<MessageDocument>.Projection.As(new SessionMessageSerializer(codec, logger));

    /// <summary>
    /// Gets the position of the next message of a history. Positions have no gaps, so it is the number of messages as well.
    /// </summary>
    public async Task<int> GetNextPositionAsync(string sessionId, AgentBranch branch, CancellationToken cancellationToken)
    {
        var options = new FindOptions<MessageDocument, BsonDocument> { Projection = PositionOnly, Sort = NewestFirst, Limit = 1 };
        using var cursor = await collection.FindAsync(MessageKeys.ToOwnRange(sessionId, branch), options, cancellationToken).ConfigureAwait(false);
        var last = await cursor.SingleOrDefaultAsync(cancellationToken).ConfigureAwait(false);
        return last is null ? branch.Start : ToPosition(last, sessionId, branch.AgentId) + 1;
    }

    /// <summary>
    /// Finds the message that feedback is about, by its position, its client's id or both, and returns its position.
    /// </summary>
    public async Task<int?> FindAsync(string sessionId, AgentBranch branch, int? position, string? messageId, CancellationToken cancellationToken)
    {
        var filters = position is { } at ? [MessageKeys.ToFilter(sessionId, branch, at)] : ToFilters(sessionId, branch, LatestFirst);

        // Newest first: what is rated is the latest answer, most of the time.
        var options = new FindOptions<MessageDocument, BsonDocument> { Projection = PositionOnly, Sort = NewestFirst, Limit = 1 };
        foreach (var filter in filters)
        {
            filter.Add(Fields.MessageIdPath, messageId, messageId is not null);
            using var cursor = await collection.FindAsync(filter, options, cancellationToken).ConfigureAwait(false);
            if (await cursor.SingleOrDefaultAsync(cancellationToken).ConfigureAwait(false) is { } found)
            {
                return ToPosition(found, sessionId, branch.AgentId);
            }
        }

        return null;
    }

    public Task SetEventLoopMetricsAsync(string sessionId, AgentBranch branch, int position, EventLoopMetrics metrics, CancellationToken cancellationToken)
    {
        var update = new BsonDocument
        {
            {
                "$set",
                new BsonDocument
                {
                    { Fields.EventLoopMetrics, EventLoopMetricsDocument.ToBson(metrics) },
                    { Fields.UpdatedAt, timeProvider.GetUtcNow().UtcDateTime },
                }
            },
        };
        return collection.UpdateOneAsync(MessageKeys.ToFilter(sessionId, branch, position), update, cancellationToken: cancellationToken);
    }

    /// <summary>
    /// Sums up the metrics of all messages of a session, on every branch from one on. Each message holds those of its own turn.
    /// </summary>
    public async Task<SessionUsage> GetUsageAsync(string sessionId, int firstBranch, CancellationToken cancellationToken)
    {
        var match = MessageKeys.ToRange(sessionId)
            .Add(Fields.EventLoopMetrics, new BsonDocument("$exists", true))
            .Add(Fields.Branch, new BsonDocument("$gte", firstBranch), firstBranch > 0);
        PipelineDefinition<MessageDocument, BsonDocument> pipeline = new[]
        {
            new BsonDocument("$match", match),
            new BsonDocument("$group", UsageDocument.GroupByAgentAndModel),
        };
        using var cursor = await _listed.AggregateAsync(pipeline, cancellationToken: cancellationToken).ConfigureAwait(false);
        return UsageDocument.Read(await cursor.ToListAsync(cancellationToken).ConfigureAwait(false));
    }

    /// <summary>
    /// Keeps all messages of a session until a time at least.
    /// </summary>
    public Task ExtendAsync(string sessionId, BsonDateTime expiry, CancellationToken cancellationToken) =>
        SessionContents.ExtendAsync(collection, MessageKeys.ToRange(sessionId), expiry, cancellationToken);

    /// <summary>
    /// Keeps all messages of a session that are there for ever.
    /// </summary>
    public Task KeepAsync(string sessionId, CancellationToken cancellationToken) =>
        SessionContents.KeepAsync(collection, MessageKeys.ToRange(sessionId), cancellationToken);

    /// <summary>
    /// Deletes all messages of a session on branches below one.
    /// </summary>
    public Task DeleteAsync(string sessionId, int beforeBranch, CancellationToken cancellationToken) =>
        DeleteAllAsync(MessageKeys.ToRangeBelow(sessionId, beforeBranch), cancellationToken);

    /// <summary>
    /// Counts all messages of a session on branches below one.
    /// </summary>
    public Task<long> CountBelowAsync(string sessionId, int beforeBranch, CancellationToken cancellationToken) =>
        collection.CountDocumentsAsync(MessageKeys.ToRangeBelow(sessionId, beforeBranch), options: null, cancellationToken);

    /// <inheritdoc cref="SessionContents.FindAsync"/>
    public Task<StoredPlace?> FindAsync(SessionOwner owner, string? afterSessionId, CancellationToken cancellationToken) => SessionContents.FindAsync(
        collection, owner, afterSessionId, static id => (MessageKeys.FindSessionId(id), MessageKeys.FindBranch(id) ?? 0), cancellationToken);

    /// <summary>
    /// Deletes a message whose session does not tell of it.
    /// </summary>
    public Task DeleteAsync(string id, CancellationToken cancellationToken) =>
        DeleteAllAsync(new BsonDocument(Fields.Id, id), cancellationToken);

    /// <summary>
    /// Deletes all messages that stand on a branch itself.
    /// </summary>
    public Task DeleteAsync(string sessionId, AgentBranch branch, CancellationToken cancellationToken) =>
        DeleteAllAsync(MessageKeys.ToRange(sessionId, branch.AgentId, branch.Number, branch.Number + 1), cancellationToken);

    /// <summary>
    /// Deletes the messages of a session that expire before a time.
    /// </summary>
    public Task DeleteExpiringAsync(string sessionId, DateTime limit, CancellationToken cancellationToken) =>
        DeleteAllAsync(MessageKeys.ToRange(sessionId).Add(Fields.ExpiresAt, new BsonDocument("$lt", limit)), cancellationToken);

    private Task DeleteAllAsync(BsonDocument filter, CancellationToken cancellationToken) => SessionContents.DeleteAllAsync(collection, filter, cancellationToken);

    private static int ToPosition(BsonDocument message, string sessionId, string agentId) =>
        MessageKeys.FindPosition(message) ?? throw new DamagedMessageException(sessionId, agentId, position: null, Fields.Position);
}
