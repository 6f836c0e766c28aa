using MongoDB.Bson;
using MongoDB.Driver;

namespace SessionManager.Benchmarks.Turns;

internal static class StoredSize
{
    /// <summary>
    /// Gets the average number of bytes that the documents of a collection have.
    /// </summary>
    public static async Task<double> GetAsync(IMongoDatabase database, string collection)
    {
        using var cursor = await database.GetCollection<RawBsonDocument>(collection).FindAsync(new BsonDocument());
        long bytes = 0;
        long count = 0;
        while (await cursor.MoveNextAsync())
        {
            foreach (var document in cursor.Current)
            {
                using (document)
                {
                    bytes += document.Slice.Length;
                    count++;
                }
            }
        }

        return (double)bytes / count;
    }
}
