using MongoDB.Bson;
using MongoDB.Driver;
using SessionManager.Tool.Output;

namespace SessionManager.Tool.Doctor;

/// <summary>
/// What the checks of all that stands beside a session have in common.
/// </summary>
internal static class StoredContents
{
    /// <summary>
    /// How many sessions are asked for at once.
    /// </summary>
    public const int BatchSize = 200;

    // The sweep comes every hour.
    private static readonly TimeSpan SweepGrace = TimeSpan.FromHours(2);

    /// <summary>
    /// Finds sessions, and what stays of deleted ones.
    /// </summary>
    public static async Task<List<BsonDocument>> FindSessionsAsync(
        Place place, IEnumerable<string> sessionIds, BsonDocument projection, CancellationToken cancellationToken)
    {
        PipelineDefinition<RawBsonDocument, BsonDocument> pipeline = new[]
        {
            new BsonDocument("$match", new BsonDocument("_id", new BsonDocument("$in", new BsonArray(sessionIds)))),
            new BsonDocument("$project", projection),
        };
        using var cursor = await place.Sessions.AggregateAsync(pipeline, cancellationToken: cancellationToken);
        return await cursor.ToListAsync(cancellationToken);
    }

    /// <summary>
    /// Tells whether the sweep of something should have come by now. Where there is no time, nothing will sweep it any more.
    /// </summary>
    public static bool IsOverdue(DateTimeOffset? sweepAt, DateTimeOffset now) => sweepAt is not { } at || at < now - SweepGrace;

    /// <summary>
    /// Gets the finding of what is left of a deleted session.
    /// </summary>
    public static DoctorFinding ToOverdue(string sessionId, string what, StoredSession session, Func<CancellationToken, Task<bool>> fixAsync) => new()
    {
        Kind = DoctorFindingKind.OverdueSweep,
        SessionId = sessionId,
        Detail = session.SweepAt is { } at
            ? $"{what} of a deleted session should have been swept since {Format.Time(at)}: no process that uses the sessions runs the library's hosted services."
            : $"{what} of a deleted session came after it was swept.",
        Remedy = "They are deleted.",
        FixAsync = fixAsync,
    };

    public static async Task<bool> AnyAsync(IMongoCollection<RawBsonDocument> collection, BsonDocument filter, CancellationToken cancellationToken)
    {
        var options = new FindOptions<RawBsonDocument> { Projection = new BsonDocument("_id", 1), Limit = 1 };
        using var cursor = await collection.FindAsync(filter, options, cancellationToken);
        return await cursor.AnyAsync(cancellationToken);
    }
}
