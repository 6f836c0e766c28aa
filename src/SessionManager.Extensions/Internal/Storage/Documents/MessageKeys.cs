using System.Globalization;
using MongoDB.Bson;
using MongoDB.Bson.IO;
using SessionManager.Internal.Storage.Documents.Values;

namespace SessionManager.Internal.Storage.Documents;

/// <summary>
/// Makes the <c>_id</c> of messages: the session, the agent, the branch and the position, such as
/// <c>session-1/support/~0218289600/0000000042</c>. Branch 0, that of histories from before there were branches, is left out.
/// </summary>
/// <remarks>
/// <para>
/// So every collection has the one index that appends and reads need, from its first document on and whatever rights the
/// application has: it makes positions unique within an agent, and keeps a session's messages together, those of each
/// agent in order. Strings compare byte by byte (https://www.mongodb.com/docs/manual/reference/bson-type-comparison-order/).
/// </para>
/// <para>
/// The numbers of branches grow along a history, so the order of keys is the order of messages, and the latest message of an agent stands
/// on its newest branch. Padded, as <c>~10</c> would sort before <c>~9</c>.
/// </para>
/// </remarks>
internal static class MessageKeys
{
    // Sorts directly after the separator, so before it stands all that begins with it.
    private const char Separator = '/';
    private const char AfterSeparator = (char)(Separator + 1);

    // A turn with its tools is shorter, most of the time. With that many keys a command has some hundred kilobytes.
    private const int MaxShortPart = 64;
    private const int MaxKeys = 4_000;
    private const int MaxRanges = 16;

    // Sorts after the digits, so that branch 0 stands before the others.
    private const char Branch = '~';

    /// <summary>
    /// Gets the <c>_id</c> of a message.
    /// </summary>
    public static string ToKey(string sessionId, string agentId, int branch, int position) => branch == 0
        ? $"{Escape(sessionId)}{Separator}{Escape(agentId)}{Separator}{position:D10}"
        : $"{Escape(sessionId)}{Separator}{Escape(agentId)}{Separator}{Branch}{branch:D10}{Separator}{position:D10}";

    /// <summary>
    /// Gets a filter for all messages of a session.
    /// </summary>
    public static BsonDocument ToRange(string sessionId)
    {
        var session = Escape(sessionId);
        return ToFilter(sessionId, new BsonDocument { { "$gte", $"{session}{Separator}" }, { "$lt", $"{session}{AfterSeparator}" } });
    }

    /// <summary>
    /// Gets the filter for all messages of an owner's sessions, whether these are there or not, or for those that follow all of one session: the
    /// one filter that names no session.
    /// </summary>
    public static BsonDocument ToRange(SessionOwner owner, string? afterSessionId)
    {
        var prefix = Escape(OwnerDocument.ToPrefix(owner));
        var start = afterSessionId is null ? prefix : $"{Escape(afterSessionId)}{AfterSeparator}";
        return new BsonDocument(Fields.Id, ToRange(start, OwnerDocument.ToEnd(prefix)));
    }

    /// <summary>
    /// Gets a filter for all messages of a session on branches below one.
    /// </summary>
    public static BsonDocument ToRangeBelow(string sessionId, int beforeBranch) =>
        // Branch 0 is not written.
        ToRange(sessionId).Add(Fields.Branch, new BsonDocument("$not", new BsonDocument("$gte", beforeBranch)));

    /// <summary>
    /// Gets a filter for an agent's messages on all branches below one, or on all.
    /// </summary>
    public static BsonDocument ToRange(string sessionId, string agentId, int fromBranch = 0, int? beforeBranch = null)
    {
        var agent = $"{Escape(sessionId)}{Separator}{Escape(agentId)}";
        var start = fromBranch == 0 ? $"{agent}{Separator}" : $"{agent}{Separator}{Branch}{fromBranch:D10}{Separator}";
        var end = beforeBranch switch
        {
            null => $"{agent}{AfterSeparator}",
            0 => start,
            1 => $"{agent}{Separator}{Branch}",
            { } before => $"{agent}{Separator}{Branch}{before:D10}{Separator}",
        };
        return ToFilter(sessionId, ToRange(start, end));
    }

    /// <summary>
    /// Gets a filter for the messages that stand on a branch itself, from one position up to, but without, another; null means all that follow.
    /// </summary>
    public static BsonDocument ToOwnRange(string sessionId, AgentBranch branch, int fromPosition = 0, int? beforePosition = null) =>
        ToFilter(sessionId, ToPart(ToAgent(sessionId, branch), branch.Number, Math.Max(fromPosition, branch.Start), beforePosition));

    /// <summary>
    /// Gets the filters for the messages of a history from one position up to, but without, another; null means all that follow.
    /// </summary>
    /// <returns>
    /// One filter, or several where the history stands on very many branches. All that match one stand before all that match the next.
    /// </returns>
    /// <remarks>
    /// What stands on a branch is a range of keys. Of a part that is short, each key is named: a server finds many of them faster than many
    /// ranges (https://www.mongodb.com/docs/manual/reference/operator/query/in/).
    /// </remarks>
    public static IEnumerable<BsonDocument> ToRanges(string sessionId, AgentBranch branch, int fromPosition = 0, int? beforePosition = null)
    {
        if (branch.Base.Count == 0 || fromPosition >= branch.Start)
        {
            yield return ToOwnRange(sessionId, branch, fromPosition, beforePosition);
            yield break;
        }

        var agent = ToAgent(sessionId, branch);
        var (ranges, keys) = (new BsonArray(), new BsonArray());
        foreach (var (number, from, before) in branch.GetParts(fromPosition, beforePosition))
        {
            if (ranges.Count >= MaxRanges || keys.Count >= MaxKeys)
            {
                yield return ToFilter(sessionId, ranges, keys);
                (ranges, keys) = ([], []);
            }

            if (before is { } end && end - from <= MaxShortPart)
            {
                var prefix = ToPrefix(agent, number);
                keys.AddRange(Enumerable.Range(from, end - from).Select(position => $"{prefix}{position:D10}"));
            }
            else
            {
                ranges.Add(new BsonDocument(Fields.Id, ToPart(agent, number, from, before)));
            }
        }

        if (ranges.Count + keys.Count > 0)
        {
            yield return ToFilter(sessionId, ranges, keys);
        }
    }

    /// <summary>
    /// Gets a filter for one message of a history.
    /// </summary>
    public static BsonDocument ToFilter(string sessionId, AgentBranch branch, int position) =>
        ToFilter(sessionId, (BsonString)ToKey(sessionId, branch.AgentId, branch.GetBranchAt(position), position));

    /// <summary>
    /// Reads the position or the branch of a message from its field, whatever numeric type another writer chose.
    /// </summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static int ReadPosition(IBsonReader reader, string field) =>
        BsonNumbers.TryReadInt64(reader, out var position) && position is >= 0 and <= int.MaxValue
            ? (int)position
            : throw new FormatException($"A stored '{field}' is no {(field == Fields.Branch ? "branch" : "position")}.");

    /// <summary>
    /// Finds the position of a message in its field or, where that is damaged, in its <c>_id</c>; null where it is in neither.
    /// </summary>
    public static int? FindPosition(BsonDocument message) =>
        ToPosition(message.GetValue(Fields.Position, BsonNull.Value)) ?? FindPosition(message[Fields.Id] is BsonString id ? id.Value : null);

    /// <summary>
    /// Finds the position in the <c>_id</c> of a message.
    /// </summary>
    public static int? FindPosition(string? id) =>
        int.TryParse(id.AsSpan((id?.LastIndexOf(Separator) ?? -1) + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var position) ? position : null;

    /// <summary>
    /// Finds the session in the <c>_id</c> of a message.
    /// </summary>
    public static string? FindSessionId(string? id) => id?.Split(Separator) is { Length: 3 or 4 } parts ? Unescape(parts[0]) : null;

    /// <summary>
    /// Finds the agent in the <c>_id</c> of a message.
    /// </summary>
    public static string? FindAgentId(string? id) => id?.Split(Separator) is { Length: 3 or 4 } parts ? Unescape(parts[1]) : null;

    /// <summary>
    /// Finds the branch in the <c>_id</c> of a message; null where there is none.
    /// </summary>
    public static int? FindBranch(string? id) => id?.Split(Separator) switch
    {
        [_, _, _] => 0,
        [_, _, [Branch, .. var number], _] when int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var branch) => branch,
        _ => null,
    };

    /// <summary>
    /// Gets the position that a field has, or null.
    /// </summary>
    public static int? ToPosition(BsonValue? field) =>
        field is not null && BsonNumbers.TryGetInt64(field, out var position) && position is >= 0 and <= int.MaxValue ? (int)position : null;

    private static BsonDocument ToFilter(string sessionId, BsonArray ranges, BsonArray keys)
    {
        if (keys.Count > 0)
        {
            ranges.Add(new BsonDocument(Fields.Id, new BsonDocument("$in", keys)));
        }

        return ranges is [BsonDocument only] ? only.Add(Fields.SessionId, sessionId) : new() { { "$or", ranges }, { Fields.SessionId, sessionId } };
    }

    private static string ToAgent(string sessionId, AgentBranch branch) => $"{Escape(sessionId)}{Separator}{Escape(branch.AgentId)}{Separator}";

    // A router of a sharded cluster needs the shard key, whichever of the two it is.
    private static BsonDocument ToFilter(string sessionId, BsonValue key) => new() { { Fields.Id, key }, { Fields.SessionId, sessionId } };

    private static BsonDocument ToPart(string agent, int branch, int fromPosition, int? beforePosition)
    {
        var prefix = ToPrefix(agent, branch);
        var end = beforePosition is { } before ? $"{prefix}{before:D10}" : branch == 0 ? $"{agent}{Branch}" : $"{agent}{Branch}{branch:D10}{AfterSeparator}";
        return ToRange($"{prefix}{fromPosition:D10}", end);
    }

    private static string ToPrefix(string agent, int branch) => branch == 0 ? agent : $"{agent}{Branch}{branch:D10}{Separator}";

    private static BsonDocument ToRange(string start, string end) => new() { { "$gte", start }, { "$lt", end } };

    // As in a URL, so that no two pairs of ids have one key.
    internal static string Escape(string id) =>
        id.AsSpan().ContainsAny('%', Separator)
            ? id.Replace("%", "%25", StringComparison.Ordinal).Replace("/", "%2F", StringComparison.Ordinal)
            : id;

    public static string Unescape(string id) =>
        id.Replace("%2F", "/", StringComparison.Ordinal).Replace("%25", "%", StringComparison.Ordinal);
}
