using MongoDB.Bson;
using MongoDB.Driver;
using SessionManager.Internal.Storage.Documents;

namespace SessionManager.Internal.Storage.Mongo;

internal sealed partial class MessageCollection
{
    private const int BranchPage = 256;

    private static readonly ProjectionDefinition<MessageDocument, BsonDocument> BranchOnly =
        new BsonDocument { { Fields.Position, 1 }, { Fields.Branch, 1 }, { Fields.Base, 1 }, { Fields.CreatedAt, 1 } };

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
}
