using System.Runtime.CompilerServices;
using MongoDB.Bson;
using MongoDB.Driver;
using SessionManager.Internal.Storage.Documents;

namespace SessionManager.Internal.Storage.Mongo;

internal sealed partial class MessageCollection
{
    // Of all branches: those of others are left out.
    private const int LatestPage = 256;

    private static readonly MessageQuery LatestFirst = new() { NewestFirst = true, Limit = 1 };

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
    /// Lists the latest messages of a history that goes on from earlier branches, as far as one command finds them among all that stand on no later branch.
    /// </summary>
    /// <remarks>A server that combined the parts might read them all to sort them, and how many stand on the branch itself nobody knows.</remarks>
    private async Task<List<SessionMessage>?> TryListLatestAsync(string sessionId, AgentBranch branch, MessageQuery query, CancellationToken cancellationToken)
    {
        if (query is not { NewestFirst: true, BeforePosition: null, Limit: > 1 and <= LatestPage and var limit } || query.FromPosition >= branch.Start)
        {
            return null;
        }

        try
        {
            var latest = await ListLatestAsync(sessionId, branch.AgentId, branch.Number + 1, Math.Min(2 * limit, LatestPage), cancellationToken).ConfigureAwait(false);
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
    public Task<List<SessionMessage>> ListLatestAsync(string sessionId, string agentId, int limit, CancellationToken cancellationToken) =>
        ListLatestAsync(sessionId, agentId, beforeBranch: null, limit, cancellationToken);

    private async Task<List<SessionMessage>> ListLatestAsync(string sessionId, string agentId, int? beforeBranch, int limit, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var options = ToFindOptions(new MessageQuery { Limit = limit, NewestFirst = true });
        options.BatchSize = limit;
        using var cursor = await collection.FindAsync(MessageKeys.ToRange(sessionId, agentId, beforeBranch: beforeBranch), options, cancellationToken).ConfigureAwait(false);
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
