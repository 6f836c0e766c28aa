using System.Globalization;
using MongoDB.Bson;
using MongoDB.Bson.IO;
using SessionManager.Internal.Storage.Documents.Values;

namespace SessionManager.Internal.Storage.Documents;

/// <summary>
/// Makes the <c>_id</c> of messages: the session, the agent and the position, such as <c>session-1/support/0000000042</c>.
/// </summary>
/// <remarks>
/// So every collection has the one index that appends and reads need, from its first document on and whatever rights the
/// application has: it makes positions unique within an agent, and keeps a session's messages together, those of each
/// agent in order. Strings compare byte by byte (https://www.mongodb.com/docs/manual/reference/bson-type-comparison-order/).
/// </remarks>
internal static class MessageKeys
{
    // Sorts directly after the separator, so before it stands all that begins with it.
    private const char Separator = '/';
    private const char AfterSeparator = (char)(Separator + 1);

    /// <summary>
    /// Gets the <c>_id</c> of a message.
    /// </summary>
    public static string ToKey(string sessionId, string agentId, int position) =>
        $"{Escape(sessionId)}{Separator}{Escape(agentId)}{Separator}{position:D10}";

    /// <summary>
    /// Gets a filter for all messages of a session.
    /// </summary>
    public static BsonDocument ToRange(string sessionId)
    {
        var session = Escape(sessionId);
        return ToFilter(sessionId, new BsonDocument { { "$gte", $"{session}{Separator}" }, { "$lt", $"{session}{AfterSeparator}" } });
    }

    /// <summary>
    /// Gets a filter for an agent's messages from one position up to, but without, another; null means all that follow.
    /// </summary>
    public static BsonDocument ToRange(string sessionId, string agentId, int fromPosition = 0, int? beforePosition = null)
    {
        var agent = $"{Escape(sessionId)}{Separator}{Escape(agentId)}";
        var end = beforePosition is { } before ? $"{agent}{Separator}{before:D10}" : $"{agent}{AfterSeparator}";
        return ToFilter(sessionId, new BsonDocument { { "$gte", $"{agent}{Separator}{fromPosition:D10}" }, { "$lt", end } });
    }

    /// <summary>
    /// Gets a filter for one message.
    /// </summary>
    public static BsonDocument ToFilter(string sessionId, string agentId, int position) =>
        ToFilter(sessionId, (BsonString)ToKey(sessionId, agentId, position));

    /// <summary>
    /// Reads the position of a message from its field, whatever numeric type another writer chose.
    /// </summary>
    /// <exception cref="FormatException">It is no position.</exception>
    public static int ReadPosition(IBsonReader reader) =>
        BsonNumbers.TryReadInt64(reader, out var position) && position is >= 0 and <= int.MaxValue
            ? (int)position
            : throw new FormatException($"A stored '{Fields.Position}' is no position.");

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
    /// Finds the agent in the <c>_id</c> of a message.
    /// </summary>
    public static string? FindAgentId(string? id) => id?.Split(Separator) is [_, var agentId, _] ? Unescape(agentId) : null;

    /// <summary>
    /// Gets the position that a field has, or null.
    /// </summary>
    public static int? ToPosition(BsonValue? field) =>
        field is not null && BsonNumbers.TryGetInt64(field, out var position) && position is >= 0 and <= int.MaxValue ? (int)position : null;

    // A router of a sharded cluster needs the shard key, whichever of the two it is.
    private static BsonDocument ToFilter(string sessionId, BsonValue key) => new() { { Fields.Id, key }, { Fields.SessionId, sessionId } };

    // As in a URL, so that no two pairs of ids have one key.
    private static string Escape(string id) =>
        id.AsSpan().ContainsAny('%', Separator)
            ? id.Replace("%", "%25", StringComparison.Ordinal).Replace("/", "%2F", StringComparison.Ordinal)
            : id;

    private static string Unescape(string id) =>
        id.Replace("%2F", "/", StringComparison.Ordinal).Replace("%25", "%", StringComparison.Ordinal);
}
