using MongoDB.Bson;

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

    // A router of a sharded cluster needs the shard key, whichever of the two it is.
    private static BsonDocument ToFilter(string sessionId, BsonValue key) => new() { { Fields.Id, key }, { Fields.SessionId, sessionId } };

    // As in a URL, so that no two pairs of ids have one key.
    private static string Escape(string id) =>
        id.AsSpan().ContainsAny('%', Separator)
            ? id.Replace("%", "%25", StringComparison.Ordinal).Replace("/", "%2F", StringComparison.Ordinal)
            : id;
}
