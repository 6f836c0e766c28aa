using MongoDB.Bson;

namespace SessionManager.Tool.Doctor;

/// <summary>
/// Looks closer at what seems wrong with feedback, and mends it.
/// </summary>
internal sealed class FeedbackRepair(Place place)
{
    private static readonly BsonDocument Places = BsonDocument.Parse("{ deleted: 1, first: 1, next: 1, sweep_at: 1 }");

    /// <summary>
    /// Finds what sessions and deleted ones say of their feedback; nothing for one that does not exist.
    /// </summary>
    public async Task<Dictionary<string, StoredSession>> FindSessionsAsync(IEnumerable<string> sessionIds, CancellationToken cancellationToken)
    {
        var found = await StoredContents.FindSessionsAsync(place, sessionIds, Places, cancellationToken);
        return found.ToDictionary(
            static session => session["_id"].AsString,
            static session => new StoredSession(StoredLayout.IsTombstone(session), StoredLayout.GetFirstBranch(session), StoredLayout.FindTime(session, "sweep_at"), Agents: null),
            StringComparer.Ordinal);
    }

    public Task<bool> HasFeedbackAsync(string sessionId, int from, CancellationToken cancellationToken) =>
        StoredContents.AnyAsync(place.Feedback, StoredLayout.ToFeedback(sessionId, from), cancellationToken);

    public Task<bool> HasLeftFeedbackAsync(string sessionId, int before, CancellationToken cancellationToken) =>
        StoredContents.AnyAsync(place.Feedback, StoredLayout.ToFeedbackBelow(sessionId, before), cancellationToken);

    /// <summary>
    /// Sets the fields of feedback that say whose it is by its key.
    /// </summary>
    public async Task<bool> FileAsync(StoredFeedbackKey key, CancellationToken cancellationToken)
    {
        var fields = new BsonDocument { { "session_id", key.SessionId }, { "first", key.First } };
        if (StoredLayout.FindUser(key) is { } user)
        {
            fields.Add("user", user);
        }

        var result = await place.Feedback.UpdateOneAsync(
            new BsonDocument("_id", StoredLayout.ToKey(key)), new BsonDocument("$set", fields), cancellationToken: cancellationToken);
        return result.MatchedCount > 0;
    }

    /// <summary>
    /// Deletes feedback without a session, up to the last first branch that was seen.
    /// </summary>
    public async Task<bool> DeleteOrphansAsync(string sessionId, int from, int last, CancellationToken cancellationToken)
    {
        // Somebody may have begun a session of this id, or do so now: its first branch has a higher number.
        var sessions = await FindSessionsAsync([sessionId], cancellationToken);
        if (sessions.TryGetValue(sessionId, out var session) && !(session.IsDeleted && session.FirstBranch == from))
        {
            return false;
        }

        return await DeleteLeftFeedbackAsync(sessionId, last + 1, cancellationToken);
    }

    /// <summary>
    /// Deletes what is left of a deleted session. Numbers below are never given again, whatever has become of it meanwhile.
    /// </summary>
    public async Task<bool> DeleteLeftFeedbackAsync(string sessionId, int before, CancellationToken cancellationToken)
    {
        await StoredLayout.DeleteAllAsync(place.Feedback, StoredLayout.ToFeedbackBelow(sessionId, before), cancellationToken);
        return true;
    }
}
