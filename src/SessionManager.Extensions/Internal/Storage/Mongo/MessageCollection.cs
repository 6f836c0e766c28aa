using System.Runtime.CompilerServices;
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

    private const int BranchPage = 256;

    private static readonly ProjectionDefinition<MessageDocument, BsonDocument> BranchOnly =
        new BsonDocument { { Fields.Position, 1 }, { Fields.Branch, 1 }, { Fields.Base, 1 }, { Fields.CreatedAt, 1 } };

    private static readonly SortDefinition<MessageDocument> OldestFirst = new BsonDocument(Fields.Id, 1);
    private static readonly SortDefinition<MessageDocument> NewestFirst = new BsonDocument(Fields.Id, -1);

    private readonly IMongoCollection<MessageDocument> _listed = collection.WithReadConcern(listingConcern);
    private readonly ProjectionDefinition<MessageDocument, SessionMessage> _sessionMessages =
        Builders<MessageDocument>.Projection.As(new SessionMessageSerializer(codec, logger));

    public async Task<List<SessionMessage>> ListAsync(string sessionId, AgentBranch branch, MessageQuery query, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (query.Limit == 0)
        {
            return [];
        }

        // One batch takes whatever fits into a reply, so that a page is one command.
        var options = ToFindOptions(query);
        options.BatchSize = query.Limit ?? int.MaxValue;
        using var cursor = await collection.FindAsync(MessageKeys.ToRange(sessionId, branch, query.FromPosition, query.BeforePosition), options, cancellationToken).ConfigureAwait(false);
        return await cursor.ToListAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Lists the latest messages of an agent on all of its branches, newest first, for a caller that does not know yet which is the current one.
    /// </summary>
    public async Task<List<SessionMessage>> ListLatestAsync(string sessionId, string agentId, int limit, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var options = ToFindOptions(new MessageQuery { Limit = limit, NewestFirst = true });
        options.BatchSize = limit;
        using var cursor = await collection.FindAsync(MessageKeys.ToRange(sessionId, agentId), options, cancellationToken).ConfigureAwait(false);
        return await cursor.ToListAsync(cancellationToken).ConfigureAwait(false);
    }

    public async IAsyncEnumerable<SessionMessage> StreamAsync(
        string sessionId,
        AgentBranch branch,
        MessageQuery query,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (query.Limit == 0)
        {
            yield break;
        }

        using var cursor = await _listed.FindAsync(MessageKeys.ToRange(sessionId, branch, query.FromPosition, query.BeforePosition), ToFindOptions(query), cancellationToken).ConfigureAwait(false);
        while (await cursor.MoveNextAsync(cancellationToken).ConfigureAwait(false))
        {
            foreach (var message in cursor.Current)
            {
                yield return message;
            }
        }
    }

    /// <summary>
    /// Gets the position of the next message of a history. Positions have no gaps, so it is the number of messages as well.
    /// </summary>
    public async Task<int> GetNextPositionAsync(string sessionId, AgentBranch branch, CancellationToken cancellationToken)
    {
        var options = new FindOptions<MessageDocument, BsonDocument> { Projection = PositionOnly, Sort = NewestFirst, Limit = 1 };
        using var cursor = await collection.FindAsync(MessageKeys.ToRange(sessionId, branch), options, cancellationToken).ConfigureAwait(false);
        var last = await cursor.SingleOrDefaultAsync(cancellationToken).ConfigureAwait(false);
        return last is null ? branch.Start : ToPosition(last, sessionId, branch.AgentId) + 1;
    }

    /// <summary>
    /// Finds the message that feedback is about, by its position, its client's id or both, and returns its position.
    /// </summary>
    public async Task<int?> FindAsync(string sessionId, AgentBranch branch, int? position, string? messageId, CancellationToken cancellationToken)
    {
        var filter = position is { } at ? MessageKeys.ToFilter(sessionId, branch, at) : MessageKeys.ToRange(sessionId, branch);
        filter.Add(Fields.MessageIdPath, messageId, messageId is not null);

        // Newest first: what is rated is the latest answer, most of the time.
        var options = new FindOptions<MessageDocument, BsonDocument> { Projection = PositionOnly, Sort = NewestFirst, Limit = 1 };
        using var cursor = await collection.FindAsync(filter, options, cancellationToken).ConfigureAwait(false);
        var found = await cursor.SingleOrDefaultAsync(cancellationToken).ConfigureAwait(false);
        return found is null ? null : ToPosition(found, sessionId, branch.AgentId);
    }

    /// <summary>
    /// Lists branches of an agent that have messages of their own, newest first, each by its last message.
    /// </summary>
    public async Task<IReadOnlyList<HistoryBranch>> ListBranchesAsync(
        string sessionId, string agentId, int fromBranch, int? beforeBranch, int limit, CancellationToken cancellationToken)
    {
        // Many small branches take one command, and a large one is passed over by the next.
        var options = new FindOptions<MessageDocument, BsonDocument> { Projection = BranchOnly, Sort = NewestFirst, Limit = BranchPage, BatchSize = BranchPage };
        List<HistoryBranch> branches = [];
        while (branches.Count < limit && beforeBranch is not 0)
        {
            using var cursor = await collection
                .FindAsync(MessageKeys.ToRange(sessionId, agentId, fromBranch, beforeBranch), options, cancellationToken)
                .ConfigureAwait(false);
            var page = await cursor.ToListAsync(cancellationToken).ConfigureAwait(false);
            foreach (var last in page)
            {
                var branch = ToBranch(last, sessionId, agentId);
                if (branches is not [.., { Branch.Number: var number }] || number != branch.Branch.Number)
                {
                    branches.Add(branch);
                }
            }

            beforeBranch = page.Count < BranchPage ? 0 : branches[^1].Branch.Number;
        }

        return branches.Count <= limit ? branches : branches.GetRange(0, limit);
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
        collection.UpdateManyAsync(
            MessageKeys.ToRange(sessionId),
            new BsonDocument("$max", new BsonDocument(Fields.ExpiresAt, expiry)),
            cancellationToken: cancellationToken);

    /// <summary>
    /// Deletes all messages of a session on branches below one.
    /// </summary>
    public Task DeleteAsync(string sessionId, int beforeBranch, CancellationToken cancellationToken) =>
        // Branch 0 is not written.
        DeleteAllAsync(MessageKeys.ToRange(sessionId).Add(Fields.Branch, new BsonDocument("$not", new BsonDocument("$gte", beforeBranch))), cancellationToken);

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

    // While a sharded cluster moves documents, one command may miss some
    // (https://www.mongodb.com/docs/manual/reference/command/delete/#sharded-collections).
    private async Task DeleteAllAsync(BsonDocument filter, CancellationToken cancellationToken)
    {
        DeleteResult result;
        do
        {
            result = await collection.DeleteManyAsync(filter, cancellationToken).ConfigureAwait(false);
        }
        while (result.DeletedCount > 0);
    }

    private static int ToPosition(BsonDocument message, string sessionId, string agentId) =>
        MessageKeys.FindPosition(message) ?? throw new DamagedMessageException(sessionId, agentId, position: null, Fields.Position);

    private static HistoryBranch ToBranch(BsonDocument last, string sessionId, string agentId)
    {
        try
        {
            return new HistoryBranch
            {
                Branch = HistoryDocument.ReadBranch(last, agentId),
                MessageCount = ToPosition(last, sessionId, agentId) + 1,
                IsCurrent = false,
                LastMessageAt = last.GetValue(Fields.CreatedAt, BsonNull.Value) is BsonDateTime time ? DamagedFields.ToTime(time.MillisecondsSinceEpoch) : null,
            };
        }
        catch (Exception e) when (e is FormatException or ArgumentException)
        {
            throw new DamagedMessageException(sessionId, agentId, MessageKeys.FindPosition(last), Fields.Branch, e as FormatException);
        }
    }

    private FindOptions<MessageDocument, SessionMessage> ToFindOptions(MessageQuery query) => new()
    {
        Projection = _sessionMessages,
        Sort = query.NewestFirst ? NewestFirst : OldestFirst,
        Limit = query.Limit,
    };
}
