using MongoDB.Bson;
using MongoDB.Driver;
using SessionManager.Chaos.Workers;

namespace SessionManager.Chaos.Judging;

/// <summary>
/// Deletes expired documents as a server does, some at a time and in no order, by the fast clock.
/// </summary>
/// <remarks>A server would go by its own clock, and once a minute.</remarks>
internal sealed class Sweeper(IMongoDatabase database, TimeProvider clock, int seed)
{
    private const int BatchSize = 40;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    private readonly Random _random = new(seed);

    public DateTimeOffset LastSweep { get; private set; } = clock.GetUtcNow();

    public long DeletedSessions { get; private set; }

    public long DeletedMessages { get; private set; }

    public int FailedSweeps { get; private set; }

    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                LastSweep = clock.GetUtcNow();
                if (_random.Next(2) == 0)
                {
                    DeletedSessions += await DeleteAsync(WorkerSettings.BriefCollection);
                }
                else
                {
                    DeletedMessages += await DeleteAsync($"{WorkerSettings.BriefCollection}_messages");
                }
            }
            catch (Exception exception) when (exception is MongoException or TimeoutException)
            {
                // The database is being killed. The next round finds what this one did not delete.
                FailedSweeps++;
            }

            await Task.Delay(Pause, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<long> DeleteAsync(string collection)
    {
        var documents = database.GetCollection<BsonDocument>(collection);
        var expired = new BsonDocument("expires_at", new BsonDocument("$lte", LastSweep.UtcDateTime));
        var options = new FindOptions<BsonDocument> { Projection = new BsonDocument("_id", 1), Limit = BatchSize };
        using var cursor = await documents.FindAsync(expired, options);
        var ids = new BsonArray((await cursor.ToListAsync()).Select(document => document["_id"]));

        // The date once more: the life of one that was found may have been extended since.
        var result = await documents.DeleteManyAsync(new BsonDocument(expired) { { "_id", new BsonDocument("$in", ids) } });
        return result.DeletedCount;
    }
}
