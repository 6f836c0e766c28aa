using MongoDB.Bson;
using MongoDB.Driver;

namespace SessionManager.Chaos.Judging;

/// <summary>
/// Reads what lies in the database, without the library.
/// </summary>
internal static class StoredMessages
{
    public static async Task<List<StoredMessage>> ReadAsync(IMongoDatabase database, string collection)
    {
        var messages = new List<StoredMessage>();
        using var cursor = await database.GetCollection<BsonDocument>($"{collection}_messages").FindAsync(new BsonDocument());
        while (await cursor.MoveNextAsync())
        {
            messages.AddRange(cursor.Current.Select(ToMessage));
        }

        return messages;
    }

    /// <summary>
    /// Reads which sessions are there, with the lowest branch of each.
    /// </summary>
    public static async Task<Dictionary<string, int>> ReadSessionsAsync(IMongoDatabase database, string collection)
    {
        var options = new FindOptions<BsonDocument> { Projection = new BsonDocument("first", 1) };
        using var cursor = await database.GetCollection<BsonDocument>(collection).FindAsync(new BsonDocument(), options);
        return (await cursor.ToListAsync()).ToDictionary(session => session["_id"].AsString, session => session.GetValue("first", 0).AsInt32);
    }

    private static StoredMessage ToMessage(BsonDocument document) => new(
        document["session_id"].AsString,
        document["agent_id"].AsString,
        document.GetValue("branch", 0).AsInt32,
        document.GetValue("base", new BsonArray()).AsBsonArray is [.., var last] ? last["n"].AsInt32 : 0,
        document["message_id"].AsInt32,
        document["message"]["content"].AsBsonArray.Select(block => block.AsBsonDocument).FirstOrDefault(block => block.Contains("text"))?["text"].AsString.Split(' ')[0] ?? "");
}
