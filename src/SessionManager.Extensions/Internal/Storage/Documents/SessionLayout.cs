using System.Globalization;
using MongoDB.Bson;
using SessionManager.Internal.Storage.Documents.Values;

namespace SessionManager.Internal.Storage.Documents;

/// <summary>
/// Tells sessions of this release from those of a later one, and of the Python library: in one collection, each would hide or
/// destroy what the other has stored.
/// </summary>
internal static class SessionLayout
{
    /// <summary>
    /// The version that this release reads and writes.
    /// </summary>
    public const int Version = 1;

    // What the Python library has in the root of a session, since its version 0.2.8.
    private const string ViewerPassword = "session_viewer_password";
    private const string GuardrailEvents = "guardrail_events";
    private const string Messages = "messages";

    public static BsonDocument VersionProjection { get; } = new(Fields.SchemaVersion, 1);

    /// <summary>
    /// Gets the projection to what tells the writer of a session without a version.
    /// </summary>
    public static BsonDocument OriginProjection { get; } = new()
    {
        { Fields.SchemaVersion, 1 },
        { ViewerPassword, 1 },
        { GuardrailEvents, 1 },
        { Fields.Agents, 1 },
    };

    /// <summary>
    /// Tells whether a session has a version. The first sessions of this library's have none.
    /// </summary>
    /// <exception cref="UnsupportedSessionException">It is none that this release knows.</exception>
    /// <exception cref="SessionNotFoundException">The session is on its way to another owner.</exception>
    public static bool HasVersion(BsonDocument session, string sessionId)
    {
        if (!session.TryGetValue(Fields.SchemaVersion, out var field))
        {
            return false;
        }

        if (IsKnown(field))
        {
            return true;
        }

        if (AssignmentDocument.Find(session) is not null)
        {
            throw new SessionNotFoundException(sessionId);
        }

        long? version = BsonNumbers.TryGetInt64(field, out var number) ? number : null;
        throw new UnsupportedSessionException(
            sessionId, $"its '{Fields.SchemaVersion}' is {version?.ToString(CultureInfo.InvariantCulture) ?? "no integer"}, and this release knows {Version}.", version);
    }

    /// <summary>
    /// Tells whether a version is the one that this release reads and writes.
    /// </summary>
    public static bool IsKnown(BsonValue version) => BsonNumbers.TryGetInt64(version, out var number) && number == Version;

    /// <summary>
    /// Tells whether the Python library has written a session without a version.
    /// </summary>
    public static bool IsPython(BsonDocument session) =>
        session.Contains(ViewerPassword) || session.Contains(GuardrailEvents) || HasMessages(session.GetValue(Fields.Agents, BsonNull.Value));

    /// <summary>
    /// Fails for a session without a version that the Python library has written.
    /// </summary>
    /// <exception cref="UnsupportedSessionException">It is the Python library's.</exception>
    public static void ThrowIfPython(BsonDocument session, string sessionId)
    {
        if (IsPython(session))
        {
            throw new UnsupportedSessionException(
                sessionId,
                "the Python library mongodb-session-manager has written it, with its messages inside. Give this library a collection of its own, and "
                + "bring the session over (docs/python.md).",
                schemaVersion: null);
        }
    }

    // A dotted agent id is a path there, so that an agent may stand at any depth.
    private static bool HasMessages(BsonValue agents) =>
        agents is BsonDocument document
        && document.Any(static field => (field.Name == Messages && field.Value.IsBsonArray) || (field.Name != Fields.AgentData && HasMessages(field.Value)));
}
