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

    private static readonly MessageQuery LatestFirst = new() { NewestFirst = true, Limit = 1 };

    private static readonly SortDefinition<MessageDocument> OldestFirst = new BsonDocument(Fields.Id, 1);
    private static readonly SortDefinition<MessageDocument> NewestFirst = new BsonDocument(Fields.Id, -1);

    private readonly IMongoCollection<MessageDocument> _listed = collection.WithReadConcern(listingConcern);
    private readonly ProjectionDefinition<MessageDocument, SessionMessage> _sessionMessages =
        Builders<MessageDocument>.Projection.As(new SessionMessageSerializer(codec, logger));

    public async Task<List<SessionMessage>> ListAsync(string sessionId, AgentBranch branch, MessageQuery query, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var found = await TryListLatestAsync(sessionId, branch, query, cancellationToken).ConfigureAwait(false);
        if (found is not null)
        {
            // None stands on the branch itself: they would have come first.
            query = query with { BeforePosition = found is [.., var last] ? last.Position : branch.Start };
        }

        found ??= [];

        foreach (var filter in ToFilters(sessionId, branch, query))
        {
            if (query.Limit - found.Count <= 0)
            {
                break;
            }

            // One batch takes whatever fits into a reply, so that a page is one command.
            var options = ToFindOptions(query, found.Count);
            options.BatchSize = options.Limit ?? int.MaxValue;
            using var cursor = await collection.FindAsync(filter, options, cancellationToken).ConfigureAwait(false);
            found.AddRange(await cursor.ToListAsync(cancellationToken).ConfigureAwait(false));
        }

        return found;
    }

    /// <summary>
    /// Lists the latest messages of a history that goes on from earlier branches, as far as one command finds them among all of the agent.
    /// </summary>
    /// <remarks>A server that combined the parts might read them all to sort them, and how many stand on the branch itself nobody knows.</remarks>
    private async Task<List<SessionMessage>?> TryListLatestAsync(string sessionId, AgentBranch branch, MessageQuery query, CancellationToken cancellationToken)
    {
        if (query is not { NewestFirst: true, BeforePosition: null, Limit: > 1 and <= BranchPage and var limit } || query.FromPosition >= branch.Start)
        {
            return null;
        }

        try
        {
            var latest = await ListLatestAsync(sessionId, branch.AgentId, Math.Min(2 * limit, BranchPage), cancellationToken).ConfigureAwait(false);
            return
            [
                .. latest
                    .Where(message => message.Position >= query.FromPosition && message.Branch == branch.GetBranchAt(message.Position))
                    .Take(limit),
            ];
        }
        catch (DamagedMessageException)
        {
            // It may stand on another branch.
            return null;
        }
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
        var count = 0;
        foreach (var filter in ToFilters(sessionId, branch, query))
        {
            if (query.Limit - count <= 0)
            {
                yield break;
            }

            using var cursor = await _listed.FindAsync(filter, ToFindOptions(query, count), cancellationToken).ConfigureAwait(false);
            while (await cursor.MoveNextAsync(cancellationToken).ConfigureAwait(false))
            {
                foreach (var message in cursor.Current)
                {
                    count++;
                    yield return message;
                }
            }
        }
    }

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

    /// <summary>
    /// Lists branches of an agent that have messages of their own, newest first, each by its last message.
    /// </summary>
    public async Task<IReadOnlyList<HistoryBranch>> ListBranchesAsync(
        string sessionId, string agentId, int fromBranch, int? beforeBranch, int limit, CancellationToken cancellationToken)
    {
        // Many small branches take one command, and a large one is passed over by the next.
        var options = new FindOptions<MessageDocument, BsonDocument> { Projection = BranchOnly, Sort = NewestFirst, Limit = BranchPage, BatchSize = BranchPage };
        List<(BsonDocument Last, MessageBranch Branch)> lasts = [];
        while (lasts.Count < limit && beforeBranch is not 0)
        {
            using var cursor = await collection
                .FindAsync(MessageKeys.ToRange(sessionId, agentId, fromBranch, beforeBranch), options, cancellationToken)
                .ConfigureAwait(false);
            var page = await cursor.ToListAsync(cancellationToken).ConfigureAwait(false);
            foreach (var last in page)
            {
                var branch = ReadBranch(last, sessionId, agentId);
                if (lasts is not [.., { Branch.Number: var number }] || number != branch.Number)
                {
                    lasts.Add((last, branch));
                }
            }

            beforeBranch = page.Count < BranchPage ? 0 : lasts[^1].Branch.Number;
        }

        if (lasts.Count > limit)
        {
            lasts.RemoveRange(limit, lasts.Count - limit);
        }

        // Of those that a last message does not name, a first one names more. Many of these go on from the same ones.
        var known = lasts.Where(static last => last.Branch.IsWhole).ToDictionary(static last => last.Branch.Number, static last => last.Branch.Segments);
        var parts = await ReadBranchesAsync(sessionId, agentId, lasts.Where(static last => !last.Branch.IsWhole).Select(static last => (last.Branch.Number, last.Branch.OwnStart)), cancellationToken)
            .ConfigureAwait(false);
        var branches = new HistoryBranch[lasts.Count];

        // Oldest first: they are what the later ones go on from.
        for (var i = branches.Length - 1; i >= 0; i--)
        {
            var (last, branch) = lasts[i];
            var segments = await FindBaseAsync(sessionId, agentId, parts.GetValueOrDefault(branch.Number, branch), known, cancellationToken).ConfigureAwait(false);
            branches[i] = ToBranch(last, branch.Number, segments, sessionId, agentId);
        }

        return branches;
    }

    /// <summary>
    /// Finds all parts that a branch goes on from, of which a message names the latest.
    /// </summary>
    private async Task<IReadOnlyList<BranchSegment>> FindBaseAsync(
        string sessionId, string agentId, MessageBranch branch, Dictionary<int, IReadOnlyList<BranchSegment>> known, CancellationToken cancellationToken)
    {
        if (known.TryGetValue(branch.Number, out var segments))
        {
            return segments;
        }

        if (!branch.IsWhole)
        {
            // The first part that is named begins with the first message of its branch.
            var earlier = branch.Segments[0].Branch;
            if (!known.TryGetValue(earlier, out segments))
            {
                var found = await ReadBranchesAsync(sessionId, agentId, [(earlier, branch.Start)], cancellationToken).ConfigureAwait(false);
                segments = earlier < branch.Number && found.TryGetValue(earlier, out var first)
                    ? await FindBaseAsync(sessionId, agentId, first, known, cancellationToken).ConfigureAwait(false)
                    : throw new DamagedMessageException(sessionId, agentId, branch.Start, Fields.Base);
            }

            segments = [.. segments, .. branch.Segments];
        }

        return known[branch.Number] = segments ?? branch.Segments;
    }

    /// <summary>
    /// Reads branches from their first messages.
    /// </summary>
    private async Task<Dictionary<int, MessageBranch>> ReadBranchesAsync(
        string sessionId, string agentId, IEnumerable<(int Number, int Start)> branches, CancellationToken cancellationToken)
    {
        var keys = new BsonArray(branches.Select(branch => MessageKeys.ToKey(sessionId, agentId, branch.Number, branch.Start)));
        if (keys.Count == 0)
        {
            return [];
        }

        var options = new FindOptions<MessageDocument, BsonDocument> { Projection = BranchOnly, BatchSize = int.MaxValue };
        var filter = new BsonDocument { { Fields.Id, new BsonDocument("$in", keys) }, { Fields.SessionId, sessionId } };
        using var cursor = await collection.FindAsync(filter, options, cancellationToken).ConfigureAwait(false);
        var found = await cursor.ToListAsync(cancellationToken).ConfigureAwait(false);
        return found.Select(message => ReadBranch(message, sessionId, agentId)).ToDictionary(static branch => branch.Number);
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

    private static MessageBranch ReadBranch(BsonDocument message, string sessionId, string agentId)
    {
        try
        {
            return HistoryDocument.ReadBranch(message);
        }
        catch (FormatException e)
        {
            throw new DamagedMessageException(sessionId, agentId, MessageKeys.FindPosition(message), Fields.Branch, e);
        }
    }

    private static HistoryBranch ToBranch(BsonDocument last, int number, IReadOnlyList<BranchSegment> segments, string sessionId, string agentId)
    {
        try
        {
            return new HistoryBranch
            {
                Branch = new AgentBranch(agentId, number, segments),
                MessageCount = ToPosition(last, sessionId, agentId) + 1,
                IsCurrent = false,
                LastMessageAt = last.GetValue(Fields.CreatedAt, BsonNull.Value) is BsonDateTime time ? DamagedFields.ToTime(time.MillisecondsSinceEpoch) : null,
            };
        }
        catch (ArgumentException)
        {
            throw new DamagedMessageException(sessionId, agentId, MessageKeys.FindPosition(last), Fields.Branch);
        }
    }

    /// <summary>
    /// Gets the filters for what a query lists, in the order that it has. Most of the time, the first is enough.
    /// </summary>
    private static IEnumerable<BsonDocument> ToFilters(string sessionId, AgentBranch branch, MessageQuery query)
    {
        var windows = ToWindows(branch, query);
        return query.NewestFirst
            ? windows.SelectMany(window => MessageKeys.ToRanges(sessionId, branch, window.From, window.Before).Reverse())
            : windows.SelectMany(window => MessageKeys.ToRanges(sessionId, branch, window.From, window.Before));
    }

    // Positions have no gaps: so many messages are so many positions, and what is beyond need not be named. A server that combined all parts
    // might read them all to sort them. Where there is a gap all the same, what is missing is found in the rest.
    private static IEnumerable<(int From, int? Before)> ToWindows(AgentBranch branch, MessageQuery query)
    {
        var (from, before) = (query.FromPosition, query.BeforePosition);
        if (query.Limit is not { } limit || from >= branch.Start)
        {
            yield return (from, before);
        }
        else if (!query.NewestFirst)
        {
            var end = (int)Math.Min((long)from + limit, int.MaxValue);
            if (end >= branch.Start || end >= before)
            {
                yield return (from, before);
            }
            else
            {
                yield return (from, end);
                yield return (end, before);
            }
        }
        else
        {
            if (before is null || before > branch.Start)
            {
                yield return (branch.Start, before);
            }

            var end = Math.Min(before ?? branch.Start, branch.Start);
            var start = Math.Max(from, end - limit);
            yield return (start, end);
            yield return (from, start);
        }
    }

    private FindOptions<MessageDocument, SessionMessage> ToFindOptions(MessageQuery query, int foundCount = 0) => new()
    {
        Projection = _sessionMessages,
        Sort = query.NewestFirst ? NewestFirst : OldestFirst,
        Limit = query.Limit - foundCount,
    };
}
