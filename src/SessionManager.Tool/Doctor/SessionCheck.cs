using System.Runtime.CompilerServices;
using MongoDB.Bson;
using MongoDB.Driver;

namespace SessionManager.Tool.Doctor;

/// <summary>
/// Looks at the session documents: layouts that are not this release's, agents that cannot be read.
/// </summary>
internal sealed class SessionCheck(Place place) : IDoctorCheck
{
    // Of a session with a version, only what its agents are; of one without, what tells the writer.
    private static readonly BsonDocument Projection = BsonDocument.Parse(
        """
        {
          schema_version: 1, deleted: 1, sweep_at: 1, session_viewer_password: 1, guardrail_events: { $cond: [{ $eq: [{ $type: '$guardrail_events' }, 'missing'] }, '$$REMOVE', true] },
          agents: { $cond: [{ $eq: [{ $type: '$schema_version' }, 'missing'] }, '$agents', { $type: '$agents' }] }
        }
        """);

    /// <inheritdoc/>
    public string Name => "sessions";

    /// <inheritdoc/>
    public async IAsyncEnumerable<DoctorFinding> RunAsync(Action<long> progress, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var now = await place.GetServerTimeAsync(cancellationToken);
        PipelineDefinition<RawBsonDocument, BsonDocument> pipeline = new[] { new BsonDocument("$project", Projection) };
        using var cursor = await place.Sessions.AggregateAsync(pipeline, cancellationToken: cancellationToken);
        while (await cursor.MoveNextAsync(cancellationToken))
        {
            foreach (var session in cursor.Current)
            {
                if (IsTombstone(session))
                {
                    continue;
                }

                progress(1);
                if (Find(session, now) is { } finding)
                {
                    yield return finding;
                }
            }
        }
    }

    // A document of Python's may have a field of that name.
    private static bool IsTombstone(BsonDocument session) =>
        StoredLayout.IsTombstone(session) && !session.Contains("schema_version") && !StoredLayout.IsPython(session);

    private DoctorFinding? Find(BsonDocument session, DateTimeOffset now)
    {
        var sessionId = session["_id"].ToString()!;
        if (!session.TryGetValue("schema_version", out var version))
        {
            return StoredLayout.IsPython(session)
                ? new DoctorFinding
                {
                    Kind = DoctorFindingKind.PythonLayout,
                    SessionId = sessionId,
                    Detail = "The Python library has written it. This library refuses to use it.",
                    Remedy = "Bring it over into another collection: session-manager migrate.",
                }
                : FindInAgents(sessionId, session.GetValue("agents", BsonNull.Value) is BsonDocument or BsonNull);
        }

        if (StoredLayout.FindAssignment(session) is { } target)
        {
            return !StoredContents.IsOverdue(StoredLayout.FindTime(session, "sweep_at"), now) ? null : new DoctorFinding
            {
                Kind = DoctorFindingKind.UnfinishedAssignment,
                SessionId = sessionId,
                Detail = "It is on its way to another owner, and neither finds it. The sweep should have ended that.",
                Remedy = "Assigns it.",
                FixAsync = token => FixAsync(sessionId, target, token),
            };
        }

        return StoredLayout.IsKnown(version)
            ? FindInAgents(sessionId, session["agents"].AsString is "object" or "missing" or "null")
            : new DoctorFinding
            {
                Kind = DoctorFindingKind.LaterLayout,
                SessionId = sessionId,
                Detail = $"Its schema_version is {(version.IsNumeric ? version : "no number")}, and this release knows {StoredLayout.Version}.",
                Remedy = "Use the release that has written it.",
            };
    }

    private async Task<bool> FixAsync(string sessionId, SessionOwner target, CancellationToken cancellationToken)
    {
        try
        {
            await place.Catalog.AssignAsync(SessionKey.Parse(sessionId), target, cancellationToken);
            return true;
        }
        catch (Exception exception) when (exception is SessionException or InvalidOperationException)
        {
            return false;
        }
    }

    private static DoctorFinding? FindInAgents(string sessionId, bool areReadable) => areReadable ? null : new DoctorFinding
    {
        Kind = DoctorFindingKind.DamagedSession,
        SessionId = sessionId,
        Detail = "Its agents are no object: none can be listed or added.",
        Remedy = "Set the field agents of the session to {}: each agent begins anew with the messages that it has.",
    };
}
