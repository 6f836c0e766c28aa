using System.Runtime.CompilerServices;
using MongoDB.Bson;
using MongoDB.Driver;
using SessionManager.Tool.Output;

namespace SessionManager.Tool.Doctor;

/// <summary>
/// Reads all feedback once, in the order of the keys, which is that of sessions: what has no session, what is left of a deleted one, damaged ones.
/// </summary>
internal sealed class FeedbackCheck(Place place) : IDoctorCheck
{
    private const string Alone = "It is left alone. Move it to another collection.";

    private readonly FeedbackRepair _repair = new(place);

    /// <inheritdoc/>
    public string Name => "feedback";

    /// <inheritdoc/>
    public async IAsyncEnumerable<DoctorFinding> RunAsync(Action<long> progress, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var now = await place.GetServerTimeAsync(cancellationToken);
        var sessions = new List<StoredSessionFeedback>();
        var options = new FindOptions<RawBsonDocument> { Sort = new BsonDocument("_id", 1) };
        using var cursor = await place.Feedback.FindAsync(new BsonDocument(), options, cancellationToken);
        while (await cursor.MoveNextAsync(cancellationToken))
        {
            foreach (var feedback in cursor.Current)
            {
                using (feedback)
                {
                    progress(1);
                    if (LookAt(feedback, sessions) is { } foreign)
                    {
                        yield return foreign;
                    }
                }
            }

            // Not the last one, whose feedback may go on.
            if (sessions.Count > StoredContents.BatchSize)
            {
                foreach (var finding in await FindAsync(sessions[..^1], now, cancellationToken))
                {
                    yield return finding;
                }

                sessions.RemoveRange(0, sessions.Count - 1);
            }
        }

        foreach (var finding in await FindAsync(sessions, now, cancellationToken))
        {
            yield return finding;
        }
    }

    private static DoctorFinding? LookAt(RawBsonDocument feedback, List<StoredSessionFeedback> sessions)
    {
        if (StoredLayout.ParseFeedbackKey(feedback["_id"]) is not { } key)
        {
            var id = feedback["_id"];
            return new DoctorFinding
            {
                Kind = DoctorFindingKind.ForeignFeedback,
                Detail = $"A document among the feedback has an _id that no feedback has{(id is BsonString or BsonObjectId ? $": {id}" : "")}.",
                Remedy = Alone,
            };
        }

        if (sessions.Count == 0 || sessions[^1].SessionId != key.SessionId)
        {
            sessions.Add(new StoredSessionFeedback(key.SessionId));
        }

        sessions[^1].Add(key);
        if (FindDamage(feedback, key) is var (detail, canFile))
        {
            sessions[^1].Damaged.Add((key, detail, canFile));
        }

        return null;
    }

    // What it says besides is read with whatever kinds its fields have.
    private static (string Detail, bool CanFile)? FindDamage(RawBsonDocument feedback, StoredFeedbackKey key)
    {
        if (!IsFiledRight(feedback, key))
        {
            return ("Its fields say another session or user than its key.", true);
        }

        if (feedback.GetValue("feedback", BsonNull.Value) is not BsonDocument)
        {
            return ("Its field 'feedback' cannot be read: it is listed without rating, comment and message.", false);
        }

        return feedback.GetValue("created_at", BsonNull.Value) is BsonDateTime
            ? null
            : ("Its field 'created_at' is no time: a list of several pages may leave it out.", false);
    }

    private static bool IsFiledRight(RawBsonDocument feedback, StoredFeedbackKey key) =>
        feedback.GetValue("session_id", BsonNull.Value) == key.SessionId
        && feedback.GetValue("first", BsonNull.Value) == key.First
        && (StoredLayout.FindUser(key) is not { } user || feedback.GetValue("user", BsonNull.Value) == user);

    private async Task<IReadOnlyList<DoctorFinding>> FindAsync(IReadOnlyList<StoredSessionFeedback> all, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var findings = new List<DoctorFinding>();
        var sessions = await _repair.FindSessionsAsync(all.Select(static seen => seen.SessionId), cancellationToken);
        foreach (var seen in all)
        {
            var session = sessions.GetValueOrDefault(seen.SessionId);
            var first = session?.FirstBranch ?? 0;
            findings.AddRange(seen.Damaged.Where(damaged => damaged.Key.First >= first).Select(ToDamaged));
            if (session is null or { IsDeleted: true })
            {
                // Those below are what the sweep removes.
                var count = seen.CountFrom(first);
                if (count > 0 && await _repair.HasFeedbackAsync(seen.SessionId, first, cancellationToken))
                {
                    findings.Add(ToOrphans(seen, count, first));
                }
            }
            else
            {
                findings.AddRange(seen.ListAbove(first).Select(later => ToLater(seen.SessionId, later, first)));
            }

            var left = seen.CountBelow(first);
            if (left > 0 && StoredContents.IsOverdue(session!.SweepAt, now) && await _repair.HasLeftFeedbackAsync(seen.SessionId, first, cancellationToken))
            {
                findings.Add(StoredContents.ToOverdue(
                    seen.SessionId, Format.Count(left, "feedback"), session!, token => _repair.DeleteLeftFeedbackAsync(seen.SessionId, first, token)));
            }
        }

        return findings;
    }

    private DoctorFinding ToDamaged((StoredFeedbackKey Key, string Detail, bool CanFile) damaged)
    {
        var (key, detail, canFile) = damaged;
        return new DoctorFinding
        {
            Kind = DoctorFindingKind.DamagedFeedback,
            SessionId = key.SessionId,
            Branch = key.First,
            FeedbackId = key.Id,
            Detail = detail,
            Remedy = canFile ? "Its fields are set to what its key says." : "Set the field, or remove the feedback by its id.",
            FixAsync = canFile ? token => _repair.FileAsync(key, token) : null,
        };
    }

    private DoctorFinding ToOrphans(StoredSessionFeedback seen, long count, int first) => new()
    {
        Kind = DoctorFindingKind.OrphanedFeedback,
        SessionId = seen.SessionId,
        Detail = $"{Format.Count(count, "feedback")} {(count == 1 ? "has" : "have")} no session.",
        Remedy = "They are deleted.",
        FixAsync = token => _repair.DeleteOrphansAsync(seen.SessionId, first, seen.Last, token),
    };

    private static DoctorFinding ToLater(string sessionId, int later, int first) => new()
    {
        Kind = DoctorFindingKind.ForeignFeedback,
        SessionId = sessionId,
        Branch = later,
        Detail = $"Its key is of a session that begins at branch {later}, and the session begins at {first}: it is listed, and cannot be removed.",
        Remedy = Alone,
    };
}
