using MongoDB.Bson;

namespace SessionManager.Internal;

/// <summary>
/// What the target holds of a session, where all of it is as a migration has stored it.
/// </summary>
/// <param name="Session">The session document, or null.</param>
/// <param name="Messages">The <c>append_id</c> of each message, by its <c>_id</c>.</param>
/// <param name="Feedback">The <c>_id</c> of each feedback.</param>
internal sealed record TargetState(RawBsonDocument? Session, Dictionary<string, ObjectId> Messages, HashSet<string> Feedback);
