using MongoDB.Bson;
using MongoDB.Driver;

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
    /// Tells whether the sweep of what is below a session's first branch should have come by now. Where there is no time, nothing will sweep it any more.
    /// </summary>
    public static bool IsOverdue(StoredSession session, DateTimeOffset now) => session.SweepAt is not { } at || at < now - SweepGrace;

    public static async Task<bool> AnyAsync(IMongoCollection<RawBsonDocument> collection, BsonDocument filter, CancellationToken cancellationToken)
    {
        var options = new FindOptions<RawBsonDocument> { Projection = new BsonDocument("_id", 1), Limit = 1 };
        using var cursor = await collection.FindAsync(filter, options, cancellationToken);
        return await cursor.AnyAsync(cancellationToken);
    }

    public static async Task DeleteAllAsync(IMongoCollection<RawBsonDocument> collection, BsonDocument filter, CancellationToken cancellationToken)
    {
        // While a sharded cluster moves documents, one command may miss some
        // (https://www.mongodb.com/docs/manual/reference/command/delete/#sharded-collections).
        DeleteResult result;
        do
        {
            result = await collection.DeleteManyAsync(filter, cancellationToken);
        }
        while (result.DeletedCount > 0);
    }
}
