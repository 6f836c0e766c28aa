using System.Globalization;
using MongoDB.Bson;

namespace SessionManager.Internal.Storage.Documents;

/// <summary>
/// Makes the <c>_id</c> of feedback: the session and its first branch, such as <c>session-1/~0218289600/</c>, and the id within.
/// </summary>
/// <remarks>
/// What is left of an earlier session of the same id has a lower first branch, and so stands before all that is read. The id of a user's feedback is
/// made of the user and what it is about, so that there is one of each; that of other feedback is an object id.
/// </remarks>
internal static class FeedbackKeys
{
    private const char Separator = '/';
    private const char AfterSeparator = (char)(Separator + 1);

    // No digit of an object id.
    private const char User = '~';

    /// <summary>
    /// Gets the id of feedback within its session.
    /// </summary>
    /// <param name="feedback">The feedback.</param>
    /// <param name="branch">The history that its message stands on; null where it is about the session.</param>
    /// <param name="position">The position of its message.</param>
    public static string ToId(Feedback feedback, AgentBranch? branch, int position) => (feedback.UserId, branch) switch
    {
        (null, _) => ObjectId.GenerateNewId().ToString(),
        ({ } user, null) => $"{User}{MessageKeys.Escape(user)}",
        ({ } user, _) => $"{User}{MessageKeys.Escape(user)}{Separator}{MessageKeys.Escape(branch.AgentId)}{Separator}{branch.GetBranchAt(position):D10}{Separator}{position:D10}",
    };

    /// <summary>
    /// Gets a filter for one feedback of a session.
    /// </summary>
    public static BsonDocument ToFilter(string sessionId, int first, string id) => ToFilter(sessionId, $"{ToPrefix(sessionId, first)}{id}");

    /// <summary>
    /// Gets a filter for all feedback under the id of a session, or that of sessions from one on.
    /// </summary>
    public static BsonDocument ToRange(string sessionId, int first = 0) =>
        ToFilter(sessionId, new BsonDocument { { "$gte", ToPrefix(sessionId, first) }, { "$lt", $"{MessageKeys.Escape(sessionId)}{AfterSeparator}" } });

    /// <summary>
    /// Gets a filter for all feedback of earlier sessions of the same id.
    /// </summary>
    public static BsonDocument ToRangeBelow(string sessionId, int first) =>
        ToFilter(sessionId, new BsonDocument { { "$gte", ToPrefix(sessionId, 0) }, { "$lt", ToPrefix(sessionId, first) } });

    /// <summary>
    /// Finds the id of feedback within its session in its <c>_id</c>.
    /// </summary>
    public static string? FindId(BsonValue key, string sessionId) =>
        key is BsonString text && text.Value.Length > ToPrefix(sessionId, 0).Length ? text.Value[ToPrefix(sessionId, 0).Length..] : null;

    /// <summary>
    /// Gets a filter for the feedback of one session, and of no other one of its id.
    /// </summary>
    public static BsonDocument ToRangeOf(string sessionId, int first) =>
        ToFilter(sessionId, new BsonDocument { { "$gte", ToPrefix(sessionId, first) }, { "$lt", $"{MessageKeys.Escape(sessionId)}{Separator}~{first:D10}{AfterSeparator}" } });

    /// <summary>
    /// Gets the <c>_id</c> that feedback has in a session whose branches have other numbers; null where it is none of the session's.
    /// </summary>
    public static string? Shift(string key, string sessionId, int first, int shift)
    {
        var prefix = ToPrefix(sessionId, first);
        if (!key.StartsWith(prefix, StringComparison.Ordinal) || key.Length == prefix.Length)
        {
            return null;
        }

        var parts = key[prefix.Length..].Split(Separator);
        if (parts is [_, _, var branch, _])
        {
            if (!int.TryParse(branch, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                return null;
            }

            parts[2] = $"{number + shift:D10}";
        }

        return parts.Length is 1 or 4 ? $"{ToPrefix(sessionId, first + shift)}{string.Join(Separator, parts)}" : null;
    }

    /// <summary>
    /// Finds the session in the <c>_id</c> of feedback, and its first branch; null where there is none.
    /// </summary>
    public static (string SessionId, int First)? FindSession(string key) => key.Split(Separator, 3) is [var session, ['~', .. var number], _]
        && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var first) ? (MessageKeys.Unescape(session), first) : null;

    /// <summary>
    /// Finds the user in the id of feedback within its session; null where it is nobody's, or the key of another program.
    /// </summary>
    public static string? FindUser(string id) => id is [User, .. var rest] ? MessageKeys.Unescape(rest.Split(Separator)[0]) : null;

    private static string ToPrefix(string sessionId, int first) => $"{MessageKeys.Escape(sessionId)}{Separator}~{first:D10}{Separator}";

    // A router of a sharded cluster needs the shard key, whichever of the two it is.
    private static BsonDocument ToFilter(string sessionId, BsonValue key) => new() { { Fields.Id, key }, { Fields.SessionId, sessionId } };
}
